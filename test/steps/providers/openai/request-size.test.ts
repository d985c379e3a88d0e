import { describe, expect, it } from "vitest";
import type { ModelRequest } from "../../../../src/runner/provider.ts";
import { measureRequest } from "../../../../src/steps/providers/openai/request-size.ts";

const measure = (request: Partial<ModelRequest>) => {
  const whole = { model: "m", messages: [], parameters: {}, draw: { occurrence: 0, sample: 0 }, ...request };
  return measureRequest(whole, JSON.stringify({ messages: whole.messages }));
};

describe("a request's size", () => {
  it("is that of its body in bytes", () => {
    const messages = [{ role: "user", content: "é" }] as const;
    expect(measure({ messages }).bytes).toBe(Buffer.byteLength(JSON.stringify({ messages })));
  });

  it("counts an image once, however many bytes it has", () => {
    const image = (bytes: number) => ({
      messages: [
        {
          role: "user" as const,
          content: [
            { type: "text", text: "What is this?" },
            { type: "image_url", image_url: { url: `data:image/png;base64,${"A".repeat(bytes)}` } },
          ],
        },
      ],
    });
    expect(measure(image(1_000_000))).toEqual(measure(image(10)));
    expect(measure(image(10)).attachments).toBe(1);
  });

  it.each([
    [{ max_completion_tokens: 50 }, 50],
    [{ max_tokens: 20 }, 20],
    [{}, undefined],
  ])("of %j has the output limit %j", (parameters, expected) => {
    expect(measure({ parameters }).outputLimit).toBe(expected);
  });
});
