import { describe, expect, it } from "vitest";
import { notWorseThan } from "../../src/stats/non-inferiority.ts";
import { createRandom } from "../../src/stats/random.ts";
import { drawPairs } from "./draw-pairs.ts";
import { expectRate } from "./expect-rate.ts";
import { expectRelative } from "./expect-relative.ts";

describe("notWorseThan", () => {
  it("gives Tango's own p = .044 for the contact lens trial", () => {
    // Tango, Statistics in Medicine 17 (1998): 44 pairs, one discordant, margin .10.
    const { difference, p } = notWorseThan({ both: 43, onlyA: 0, onlyB: 1, neither: 0 }, 0.1);
    expect(difference).toBe(-1 / 44);
    expect(p).toBeCloseTo(0.044, 3);
  });

  // Likelihood maximised directly, mpmath 1.4.1 with 30 digits.
  it.each([
    [0, 1, 44, 0.1, 0.043765844438561],
    [28, 25, 618, 0.0148, 0.050286488512154],
    [20, 25, 600, 0.03, 0.031450522805927],
    [0, 0, 600, 0.03, 8.2462210816941e-6],
    [0, 30, 600, 0.03, 0.99795950480856],
    [30, 0, 100, 0.05, 6.4046868579482e-10],
  ])("tests onlyA %d, onlyB %d of %d against the margin %d", (onlyA, onlyB, n, margin, p) => {
    expectRelative(notWorseThan({ both: n - onlyA - onlyB, onlyA, onlyB, neither: 0 }, margin).p, p, 1e-10);
  });

  it("is defined for one pair of any kind", () => {
    for (const one of ["both", "onlyA", "onlyB", "neither"]) {
      const { p } = notWorseThan({ both: 0, onlyA: 0, onlyB: 0, neither: 0, [one]: 1 }, 0.03);
      expect(p).toBeGreaterThan(0.05);
      expect(p).toBeLessThanOrEqual(1);
    }
  });

  it("never takes too few agreeing items for evidence", () => {
    expect(notWorseThan({ both: 50, onlyA: 0, onlyB: 0, neither: 0 }, 0.03).p).toBeGreaterThan(0.05);
    expect(notWorseThan({ both: 100, onlyA: 0, onlyB: 0, neither: 0 }, 0.03).p).toBeLessThan(0.05);
  });

  it.each([0, 1, -0.03, Number.NaN])("refuses the margin %d", (margin) => {
    expect(() => notWorseThan({ both: 9, onlyA: 0, onlyB: 1, neither: 0 }, margin)).toThrow(RangeError);
  });

  it("passes models that are worse by exactly the margin in 5 % of 4,000 simulated comparisons", () => {
    const random = createRandom("not worse than false alarms");
    const draws = 4000;
    let passed = 0;
    for (let i = 0; i < draws; i++) {
      const counts = drawPairs(random, { n: 600, onlyA: 0.025, onlyB: 0.055 });
      if (notWorseThan(counts, 0.03).p < 0.05) passed++;
    }
    expectRate({ happened: passed, draws }, 0.05);
  });
});
