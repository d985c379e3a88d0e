import { describe, expect, it } from "vitest";
import { quantile } from "../../src/stats/quantile.ts";

describe("quantile", () => {
  // numpy 2.4.6, quantile(…, method="inverted_cdf").
  it.each([
    [0.05, 15],
    [0.3, 20],
    [0.4, 20],
    [0.5, 35],
    [1, 50],
  ])("takes the value at the nearest rank for the share %d", (share, expected) => {
    expect(quantile([50, 15, 40, 20, 35], share)).toBe(expected);
  });

  it("is not pushed to the next rank by rounding", () => {
    const values = Array.from({ length: 100 }, (_, i) => i + 1);
    for (let rank = 1; rank <= 100; rank++) expect(quantile(values, rank / 100)).toBe(rank);
  });

  it("sorts by size, not by text, and leaves its input alone", () => {
    const values = [10, 9, 2, -Infinity];
    expect(quantile(values, 0.5)).toBe(2);
    expect(quantile(values, 0)).toBe(-Infinity);
    expect(values).toEqual([10, 9, 2, -Infinity]);
  });

  it("refuses no values, NaN and a share outside 0..1", () => {
    expect(() => quantile([], 0.5)).toThrow(RangeError);
    expect(() => quantile([1, Number.NaN], 0.5)).toThrow(RangeError);
    expect(() => quantile([1], 1.1)).toThrow(RangeError);
  });
});
