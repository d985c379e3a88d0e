import { describe, expect, it } from "vitest";
import { openTokenBounds } from "../../../../src/steps/providers/limiter/token-bounds.ts";

const size = { model: "m", bytes: 400, attachments: 0, outputLimit: undefined };

describe("bounds of tokens", () => {
  it("begin high", () => {
    expect(openTokenBounds().of(size)).toEqual({ input_tokens: 225, output_tokens: 1152 });
  });

  it("come down to what requests to the same model took, with some room", () => {
    const bounds = openTokenBounds();
    bounds.learn(size, { input_tokens: 100, output_tokens: 20 });
    expect(bounds.of(size)).toEqual({ input_tokens: 113, output_tokens: 23 });
    expect(bounds.of({ ...size, model: "other" }).output_tokens).toBe(1152);
  });

  it("are those of the largest that was seen", () => {
    const bounds = openTokenBounds();
    for (const output_tokens of [20, 50, 10]) bounds.learn(size, { input_tokens: 100, output_tokens });
    expect(bounds.of(size).output_tokens).toBe(57);
  });

  it("take a request's own limit for the longest answer", () => {
    const bounds = openTokenBounds();
    bounds.learn(size, { input_tokens: 100, output_tokens: 20 });
    expect(bounds.of({ ...size, outputLimit: 500 }).output_tokens).toBe(500);
  });

  it("count images beside the text, and learn nothing about text from them", () => {
    const bounds = openTokenBounds();
    bounds.learn({ ...size, attachments: 1 }, { input_tokens: 900, output_tokens: 20 });
    expect(bounds.of(size).input_tokens).toBe(225);
    expect(bounds.of({ ...size, attachments: 2 }).input_tokens).toBe(3225);
  });
});
