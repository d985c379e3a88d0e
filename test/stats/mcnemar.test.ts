import { describe, expect, it } from "vitest";
import { mcnemarExact, mcnemarExactBetter } from "../../src/stats/mcnemar.ts";
import { createRandom } from "../../src/stats/random.ts";
import { drawPairs } from "./draw-pairs.ts";
import { expectRate, expectRateAtMost } from "./expect-rate.ts";
import { expectRelative } from "./expect-relative.ts";

describe("mcnemarExact", () => {
  // (6, 16): Cavo et al. 2012 in the R package contingencytables 3.1, P = 0.052479; (1, 7): Bentur et al.
  // 2009, P = 0.0703. All digits: scipy 1.17.1, binomtest.
  it.each([
    [6, 16, 0.052478790283203125],
    [1, 7, 0.0703125],
    [86, 150, 3.7159361395713866e-5],
    [10, 0, 0.001953125],
    [40, 20, 0.01348929373119186],
  ])("gives the published p-value where only A has %d and only B %d", (onlyA, onlyB, p) => {
    expectRelative(mcnemarExact({ onlyA, onlyB }).p, p, 1e-12);
    expect(mcnemarExact({ onlyA: onlyB, onlyB: onlyA })).toEqual(mcnemarExact({ onlyA, onlyB }));
  });

  it("is 1 where nothing speaks for a difference", () => {
    expect(mcnemarExact({ onlyA: 0, onlyB: 0 })).toEqual({ p: 1 });
    expect(mcnemarExact({ onlyA: 5, onlyB: 5 })).toEqual({ p: 1 });
  });

  it("refuses what is no count", () => {
    expect(() => mcnemarExact({ onlyA: -1, onlyB: 2 })).toThrow(RangeError);
    expect(() => mcnemarExact({ onlyA: 1, onlyB: 0.5 })).toThrow(RangeError);
  });
});

describe("mcnemarExactBetter", () => {
  // scipy 1.17.1, binomtest(onlyA, onlyA + onlyB, alternative="greater").
  it.each([
    [6, 16, 0.9915497303009033],
    [10, 0, 0.0009765625],
    [40, 20, 0.00674464686559593],
    [5, 5, 0.623046875],
    [0, 0, 1],
  ])("asks whether A is better where only A has %d and only B %d", (onlyA, onlyB, p) => {
    expectRelative(mcnemarExactBetter({ onlyA, onlyB }).p, p, 1e-12);
  });
});

describe("in 4,000 simulated comparisons of equal models", () => {
  it("both tests raise at most 5 % false alarms, and as many as their discreteness leaves", () => {
    const random = createRandom("mcnemar false alarms");
    const draws = 4000;
    let twoSided = 0;
    let oneSided = 0;
    for (let i = 0; i < draws; i++) {
      const counts = drawPairs(random, { n: 300, onlyA: 0.1, onlyB: 0.1 });
      if (mcnemarExact(counts).p <= 0.05) twoSided++;
      if (mcnemarExactBetter(counts).p <= 0.05) oneSided++;
    }
    expectRateAtMost({ happened: twoSided, draws }, 0.05);
    expectRateAtMost({ happened: oneSided, draws }, 0.05);
    // The tests' own sizes here, summed over every outcome: conservative, but not idle.
    expectRate({ happened: twoSided, draws }, 0.0374);
    expectRate({ happened: oneSided, draws }, 0.0386);
  });
});
