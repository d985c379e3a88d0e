import { describe, expect, it } from "vitest";
import { spentAlpha } from "../../src/stats/alpha-spending.ts";

describe("spentAlpha", () => {
  it("halves the level at the first look, and then spends less and less", () => {
    expect([1, 2, 3, 4].map((look) => spentAlpha(0.06, look))).toEqual([0.03, 0.01, 0.005, 0.003]);
  });

  it("spends all of alpha over all looks, and never more", () => {
    let spent = 0;
    for (let look = 1; look <= 100_000; look++) spent += spentAlpha(0.05, look);
    expect(spent).toBeLessThan(0.05);
    expect(spent).toBeCloseTo(0.05, 5);
  });

  it("refuses a level of 0 or 1, and what is no look", () => {
    expect(() => spentAlpha(0, 1)).toThrow(RangeError);
    expect(() => spentAlpha(1, 1)).toThrow(RangeError);
    expect(() => spentAlpha(0.05, 0)).toThrow(RangeError);
    expect(() => spentAlpha(0.05, 1.5)).toThrow(RangeError);
  });
});
