import { describe, expect, it } from "vitest";
import { attachmentBytes, measureRequest, requestBytes } from "../../../src/runner/money/request-size.ts";

describe("a request's size", () => {
  it("is that of its text in bytes, with room for what surrounds each message", () => {
    expect(measureRequest([{ role: "user", content: "é" }], {}).bytes).toBe(8 + 8 + 2);
  });

  it("counts what else the model reads", () => {
    const tools = [{ type: "function", function: { name: "look" } }];
    const without = measureRequest([], {}).bytes;
    expect(measureRequest([], { tools }).bytes - without).toBe(JSON.stringify(tools).length);
    expect(measureRequest([], { temperature: 1 }).bytes).toBe(without);
  });

  it("counts an image once, however many bytes it has", () => {
    const image = (bytes: number) => [
      {
        role: "user" as const,
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url: `data:image/png;base64,${"A".repeat(bytes)}` } },
        ],
      },
    ];
    expect(measureRequest(image(1_000_000), {})).toEqual(measureRequest(image(10), {}));
    expect(measureRequest(image(10), {}).attachments).toBe(1);
    expect(requestBytes(image(10), {})).toBe(measureRequest(image(10), {}).bytes + attachmentBytes);
  });

  it.each([
    [{ max_completion_tokens: 50 }, 50],
    [{ max_tokens: 20 }, 20],
    [{ max_completion_tokens: null, max_tokens: 20 }, 20],
    [{}, undefined],
  ])("of %j has the output limit %j", (parameters, expected) => {
    expect(measureRequest([], parameters).outputLimit).toBe(expected);
  });
});
