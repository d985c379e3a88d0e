import { describe, expect, it } from "vitest";
import { costOf } from "../../../src/runner/money/cost.ts";
import { formatUsd } from "../../../src/runner/money/format-usd.ts";

const live = { batch: false };
const price = { input: 2, output: 8, cached_input: 0.5, batch_input: 1, batch_output: 4 };

describe("what an answer cost", () => {
  it.each([
    ["input and output by their rates", { input_tokens: 1_000_000, output_tokens: 500_000 }, live, 6],
    [
      "cached input by its own",
      { input_tokens: 1_000_000, output_tokens: 0, cached_tokens: 400_000 },
      live,
      1.4,
    ],
    ["batches by theirs", { input_tokens: 1_000_000, output_tokens: 1_000_000 }, { batch: true }, 5],
    [
      "no more cached than there was",
      { input_tokens: 100_000, output_tokens: 0, cached_tokens: 900_000 },
      live,
      0.05,
    ],
  ])("counts %s", (_, usage, way, usd) => {
    expect(costOf(usage, price, way)).toBeCloseTo(usd, 12);
  });

  it("takes cached input for any other where the price says nothing of it", () => {
    const usage = { input_tokens: 1_000_000, output_tokens: 0, cached_tokens: 1_000_000 };
    expect(costOf(usage, { input: 2, output: 8 }, live)).toBe(2);
  });

  it.each([
    ["tokens", null, price, live],
    ["price", { input_tokens: 10, output_tokens: 10 }, undefined, live],
    ["price of batches", { input_tokens: 10, output_tokens: 10 }, { input: 2, output: 8 }, { batch: true }],
    [
      "price of so long a request",
      { input_tokens: 300_000, output_tokens: 1 },
      { ...price, up_to_input_tokens: 272_000 },
      live,
    ],
  ])("is not known without its %s, and never 0", (_, usage, known, way) => {
    expect(costOf(usage, known, way)).toBeNull();
  });
});

describe("an amount of money", () => {
  it.each([
    [0, "$0"],
    [4.2e-7, "$0.00000042"],
    [0.01234, "$0.0123"],
    [0.5, "$0.50"],
    [2.499, "$2.50"],
    [1204, "$1,204.00"],
  ])("%f is written %s", (usd, text) => {
    expect(formatUsd(usd)).toBe(text);
  });
});
