import { describe, expect, it } from "vitest";
import { notWorseThan } from "../../src/stats/non-inferiority.ts";
import { pairedDifference } from "../../src/stats/paired-difference.ts";
import { createRandom } from "../../src/stats/random.ts";
import { drawPairs } from "./draw-pairs.ts";
import { expectRate } from "./expect-rate.ts";

describe("pairedDifference", () => {
  // (1, 7) of 21: Fagerland, Lydersen, Laake 2014, Tango's interval for Bentur et al.: −0.517 to −0.026.
  // (6, 16) of 161: R package contingencytables 3.1, Cavo et al.: −0.1240 to −0.0054.
  // (28, 25) of 618 at 90 %: R package PropCIs 0.3, scoreci.mp(25, 28, 618): −0.0148 to 0.0247.
  // All digits, and the other rows: likelihood maximised directly, mpmath 1.4.1 with 30 digits.
  it.each([
    [1, 7, 21, 0.95, -0.51723227642138, -0.026003032480869],
    [6, 16, 161, 0.95, -0.12402343246407, -0.0054333957316771],
    [28, 25, 618, 0.9, -0.014834370322228, 0.024715481837174],
    [12, 2, 50, 0.95, 0.061112406186344, 0.34470874828215],
    [5, 0, 20, 0.95, 0.048593552433976, 0.46870087761874],
    [10, 0, 10, 0.95, 0.44493440027422, 1],
  ])(
    "gives the published interval where only A has %d, only B %d of %d",
    (onlyA, onlyB, n, confidence, low, high) => {
      const counts = { both: n - onlyA - onlyB, onlyA, onlyB, neither: 0 };
      const { difference, interval } = pairedDifference(counts, confidence);
      expect(difference).toBe((onlyA - onlyB) / n);
      expect(interval.low).toBeCloseTo(low, 12);
      expect(interval.high).toBeCloseTo(high, 12);
    },
  );

  it("is ± z²/(n + z²) where the models never differ", () => {
    const { difference, interval } = pairedDifference({ both: 30, onlyA: 0, onlyB: 0, neither: 10 });
    const z2 = 1.959963984540054 ** 2;
    expect(difference).toBe(0);
    expect(interval.high).toBeCloseTo(z2 / (40 + z2), 12);
    expect(interval.low).toBeCloseTo(-z2 / (40 + z2), 12);
  });

  it("depends on the discordant counts and n only, and mirrors when the models change places", () => {
    const here = pairedDifference({ both: 60, onlyA: 9, onlyB: 4, neither: 7 }).interval;
    expect(pairedDifference({ both: 7, onlyA: 9, onlyB: 4, neither: 60 }).interval).toEqual(here);
    const there = pairedDifference({ both: 60, onlyA: 4, onlyB: 9, neither: 7 }).interval;
    expect(there.low).toBeCloseTo(-here.high, 12);
    expect(there.high).toBeCloseTo(-here.low, 12);
  });

  it("lies above −margin at confidence 1 − 2α exactly where notWorseThan has p < α", () => {
    for (let onlyB = 0; onlyB <= 40; onlyB++) {
      const counts = { both: 400 - onlyB - 15, onlyA: 15, onlyB, neither: 100 };
      const above = pairedDifference(counts, 0.9).interval.low > -0.03;
      expect(above, `${onlyB} items only B`).toBe(notWorseThan(counts, 0.03).p < 0.05);
    }
  });

  it.each([0, 1, Number.NaN])("refuses the confidence %d", (confidence) => {
    const counts = { both: 1, onlyA: 1, onlyB: 1, neither: 1 };
    expect(() => pairedDifference(counts, confidence)).toThrow(RangeError);
  });

  it("covers the true difference in 95 % of 4,000 simulated comparisons", () => {
    const random = createRandom("paired difference coverage");
    const draws = 4000;
    let missed = 0;
    for (let i = 0; i < draws; i++) {
      const { interval } = pairedDifference(drawPairs(random, { n: 200, onlyA: 0.1, onlyB: 0.05 }));
      if (interval.low > 0.05 || interval.high < 0.05) missed++;
    }
    expectRate({ happened: missed, draws }, 0.05);
  });
});
