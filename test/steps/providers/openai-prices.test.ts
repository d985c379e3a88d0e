import { describe, expect, it } from "vitest";
import { listPrice } from "../../../src/steps/providers/openai/list-price.ts";
import { asOf, prices } from "../../../src/steps/providers/openai/prices.ts";
import { openai } from "../../../src/steps/providers/openai.ts";

describe("the list of OpenAI's prices", () => {
  it("is dated", () => {
    expect(asOf).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(new Date(asOf).getTime()).toBeLessThan(Date.now());
  });

  it.each(Object.entries(prices))("has prices of %s that fit each other", (_, price) => {
    const { input, output, cached_input = input / 2, batch_input, batch_output } = price;
    expect(input).toBeGreaterThan(0);
    expect(output).toBeGreaterThan(input);
    expect(cached_input).toBeLessThan(input);
    expect([batch_input, batch_output]).toEqual([input / 2, output / 2]);
  });

  it("names no model twice", () => {
    const names = Object.entries(prices).flatMap(([model, { names = [] }]) => [model, ...names]);
    expect(new Set(names).size).toBe(names.length);
  });

  it("knows a snapshot by its model, and nothing of other models", () => {
    expect(listPrice("gpt-4.1-mini-2025-04-14")).toEqual({
      ...prices["gpt-4.1-mini"],
      names: undefined,
      as_of: asOf,
    });
    expect(listPrice("gpt-4.1-mini-2026-01-01")).toBeUndefined();
    expect(listPrice("ft:gpt-4.1-mini-2025-04-14:org::id")).toBeUndefined();
    expect(listPrice("constructor")).toBeUndefined();
  });

  it("is that of the API's own home alone", () => {
    expect(openai.price?.({}, "gpt-4o")).toMatchObject({ input: 2.5, as_of: asOf });
    expect(openai.price?.({ base_url: "https://api.openai.com/v1" }, "gpt-4o")).toBeDefined();
    expect(openai.price?.({ base_url: "https://openrouter.ai/api/v1" }, "gpt-4o")).toBeUndefined();
  });

  it("sends no bill for a server without a key on this machine", () => {
    expect(openai.billed?.({ base_url: "http://127.0.0.1:8000/v1" })).toBe(false);
    expect(openai.billed?.({ base_url: "http://127.0.0.1:8000/v1", api_key_env: "KEY" })).toBe(true);
    expect(openai.billed?.({})).toBe(true);
  });
});
