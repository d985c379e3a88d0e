import { describe, expect, it } from "vitest";
import { wilsonInterval } from "../../src/stats/wilson.ts";

describe("wilsonInterval", () => {
  // Newcombe, Statistics in Medicine 17 (1998), 857–872, table I, method 3: four digits.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])("gives Newcombe's published interval for %d of %d", (successes, n, low, high) => {
    const interval = wilsonInterval(successes, n);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  it("agrees with statsmodels 0.15 to 12 digits", () => {
    // proportion_confint(81, 263, method="wilson")
    const { low, high } = wilsonInterval(81, 263);
    expect(low).toBeCloseTo(0.2552885198782742, 12);
    expect(high).toBeCloseTo(0.36620957698280004, 12);
  });

  it("knows nothing without items, and is exact at the ends", () => {
    expect(wilsonInterval(0, 0)).toEqual({ low: 0, high: 1 });
    expect(wilsonInterval(0, 7).low).toBe(0);
    expect(wilsonInterval(7, 7).high).toBe(1);
  });

  it("mirrors when successes and failures change places, and widens with confidence", () => {
    const { low, high } = wilsonInterval(30, 100);
    expect(wilsonInterval(70, 100).low).toBeCloseTo(1 - high, 14);
    const wide = wilsonInterval(30, 100, 0.99);
    expect(wide.low).toBeLessThan(low);
    expect(wide.high).toBeGreaterThan(high);
  });

  it.each([
    [5, 4, 0.95],
    [-1, 4, 0.95],
    [1.5, 4, 0.95],
    [1, Number.NaN, 0.95],
    [1, 4, 1],
    [1, 4, 0],
  ])("refuses %d of %d at confidence %d", (successes, n, confidence) => {
    expect(() => wilsonInterval(successes, n, confidence)).toThrow(RangeError);
  });
});
