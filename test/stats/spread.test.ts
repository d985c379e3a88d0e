import { describe, expect, it } from "vitest";
import { spread } from "../../src/stats/spread.ts";

describe("spread", () => {
  it("has the deviation of a sample, not of a population", () => {
    // NIST StRD, NumAcc1: 10000001, 10000003, 10000002 have the certified mean 10000002 and deviation 1.
    expect(spread([10_000_001, 10_000_003, 10_000_002])).toEqual({
      n: 3,
      mean: 10_000_002,
      sd: 1,
      min: 10_000_001,
      max: 10_000_003,
    });
  });

  it("has no deviation for one value", () => {
    expect(spread([0.9])).toEqual({ n: 1, mean: 0.9, sd: null, min: 0.9, max: 0.9 });
  });

  it("refuses no values, and one that is not finite", () => {
    expect(() => spread([])).toThrow(RangeError);
    expect(() => spread([1, Number.NaN])).toThrow(RangeError);
  });
});
