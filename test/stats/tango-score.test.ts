import { describe, expect, it } from "vitest";
import { observedDifference, tangoScore } from "../../src/stats/tango-score.ts";

describe("tangoScore", () => {
  it("gives Tango's own z = 1.709 for the contact lens trial", () => {
    // Tango, Statistics in Medicine 17 (1998): 44 pairs, one discordant, margin .10.
    const counts = { both: 43, onlyA: 0, onlyB: 1, neither: 0 };
    expect(tangoScore(counts, -0.1)).toBeCloseTo(1.709, 3);
  });

  // Likelihood maximised directly by bisection of its derivative, mpmath 1.4.1 with 30 digits.
  it.each([
    [0, 1, 44, -0.1, 1.7085642859407],
    [1, 0, 44, -0.1, 2.4494897427832],
    [28, 25, 618, -0.0148, 1.6420821662464],
    [0, 30, 600, -0.03, -2.871832634471],
    [30, 0, 100, -0.05, 6.0697697866688],
  ])("maximises the likelihood for onlyA %d, onlyB %d of %d at %d", (onlyA, onlyB, n, difference, z) => {
    const counts = { both: n - onlyA - onlyB, onlyA, onlyB, neither: 0 };
    expect(tangoScore(counts, difference)).toBeCloseTo(z, 12);
  });

  it("is McNemar's z at no difference", () => {
    const counts = { both: 50, onlyA: 12, onlyB: 4, neither: 9 };
    expect(tangoScore(counts, 0)).toBeCloseTo((12 - 4) / Math.sqrt(12 + 4), 14);
  });

  it("falls as the difference rises, changes sign with the models, and is defined everywhere", () => {
    for (const [onlyA, onlyB, alike] of [
      [0, 0, 9],
      [3, 0, 0],
      [0, 3, 0],
      [2, 5, 40],
      [40, 1, 3],
    ] as const) {
      const counts = { both: alike, onlyA, onlyB, neither: 0 };
      let last = Number.POSITIVE_INFINITY;
      for (let step = -100; step <= 100; step++) {
        const z = tangoScore(counts, step / 100);
        expect(z).toBeLessThanOrEqual(last);
        expect(z + tangoScore({ ...counts, onlyA: onlyB, onlyB: onlyA }, -step / 100) || 0).toBeCloseTo(0, 9);
        last = z;
      }
    }
  });
});

describe("observedDifference", () => {
  it("is the difference of the two rates", () => {
    expect(observedDifference({ both: 10, onlyA: 7, onlyB: 2, neither: 1 })).toBe(0.25);
  });

  it("refuses what is no count, and no pairs at all", () => {
    expect(() => observedDifference({ both: 1, onlyA: -1, onlyB: 0, neither: 0 })).toThrow(
      "onlyA must be a whole number of 0 or more, not -1",
    );
    expect(() => observedDifference({ both: 0, onlyA: 0, onlyB: 0, neither: 0 })).toThrow(RangeError);
  });
});
