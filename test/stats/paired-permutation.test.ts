import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mcnemarExact, mcnemarExactBetter } from "../../src/stats/mcnemar.ts";
import { pairedPermutation, shiftedPermutation } from "../../src/stats/paired-permutation.ts";
import { createRandom } from "../../src/stats/random.ts";
import { expectRateAtMost } from "./expect-rate.ts";

// Darwin's maize, cross- minus self-fertilised, in eighths of an inch.
const maize = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];
const scores = [0.1, 0.2, -0.05, 0.3, 0.3, 0.15, -0.2, 0.25];

describe("pairedPermutation", () => {
  it("counts Fisher's 863 of 32,768 patterns for Darwin's maize", () => {
    // Fisher, The Design of Experiments (1935), section 21: 863 patterns reach the sum of 314.
    expect(pairedPermutation({ differences: maize, seed: 1 })).toEqual({
      p: 1726 / 32_768,
      pGreater: 863 / 32_768,
      exact: true,
      rounds: 32_768,
    });
  });

  it("counts sums of scores that are equal but for rounding as equal", () => {
    // scipy 1.17.1, permutation_test(…, permutation_type="samples"): 24 and 12 of 256.
    expect(pairedPermutation({ differences: scores, seed: 1 })).toMatchObject({
      p: 24 / 256,
      pGreater: 12 / 256,
    });
  });

  it("draws patterns where there are too many, and comes near McNemar's exact p on outcomes", () => {
    const differences = [...Array(28).fill(1), ...Array(15).fill(-1), ...Array(100).fill(0)];
    const { p, pGreater, exact, rounds } = pairedPermutation({ differences, seed: 1, rounds: 40_000 });
    expect([exact, rounds]).toEqual([false, 40_000]);
    expect(pairedPermutation({ differences, seed: 1 }).rounds).toBe(10_000);
    // Four standard errors.
    expect(Math.abs(p - mcnemarExact({ onlyA: 28, onlyB: 15 }).p)).toBeLessThan(0.005);
    expect(Math.abs(pGreater - mcnemarExactBetter({ onlyA: 28, onlyB: 15 }).p)).toBeLessThan(0.004);
  });

  it("is McNemar's exact test where all patterns of outcomes are tried", () => {
    fc.assert(
      fc.property(fc.nat({ max: 8 }), fc.nat({ max: 8 }), (onlyA, onlyB) => {
        const differences = [...Array(onlyA).fill(1), 0, ...Array(onlyB).fill(-1)];
        const { p, pGreater } = pairedPermutation({ differences, seed: 1 });
        expect(p).toBeCloseTo(mcnemarExact({ onlyA, onlyB }).p, 12);
        expect(pGreater).toBeCloseTo(mcnemarExactBetter({ onlyA, onlyB }).p, 12);
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  it("is never 0 where patterns are drawn, but 1 / (rounds + 1) at the least", () => {
    // Phipson and Smyth 2010: (b + 1) / (m + 1).
    const differences = Array.from({ length: 60 }, () => 1);
    expect(pairedPermutation({ differences, seed: 1, rounds: 999 })).toEqual({
      p: 1 / 1000,
      pGreater: 1 / 1000,
      exact: false,
      rounds: 999,
    });
  });

  it("flips the items of a group together", () => {
    const differences = maize.flatMap((one) => [one / 2, one / 2]);
    const groups = maize.flatMap((_, i) => [i, i]);
    expect(pairedPermutation({ differences, groups, seed: 1 })).toMatchObject({ p: 1726 / 32_768 });
    expect(pairedPermutation({ differences: [1, 1, 1, 1, 1], groups: [1, 1, 1, 1, 1], seed: 1 })).toEqual({
      p: 1,
      pGreater: 0.5,
      exact: true,
      rounds: 2,
    });
  });

  it("has nothing to say where all differences are 0", () => {
    expect(pairedPermutation({ differences: [0, 0, 0], seed: 1 })).toEqual({
      p: 1,
      pGreater: 1,
      exact: true,
      rounds: 1,
    });
  });

  it("mirrors when the models change places, and does not mind the order of items or the scale", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 24 }), (some) => {
        const ask = (differences: readonly number[]) =>
          pairedPermutation({ differences, seed: 7, rounds: 500 });
        const one = ask(some);
        expect(ask(some.toReversed())).toEqual(one);
        expect(ask(some.map((difference) => difference / 8))).toEqual(one);
        // Drawn patterns are others for the mirrored sums; all of them are the same.
        if (one.exact) expect(ask(some.map((difference) => -difference)).p).toBe(one.p);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it("has a p at most α in at most a share α of all patterns that the hypothesis makes alike", () => {
    // Over every pattern of signs of seven scores, not over simulated ones.
    const sizes = [0.1, 0.15, 0.2, 0.2, 0.3, 0.45, 0.5];
    const tests = Array.from({ length: 128 }, (_, pattern) =>
      pairedPermutation({
        differences: sizes.map((size, i) => ((pattern >> i) & 1 ? size : -size)),
        seed: 1,
      }),
    );
    for (const alpha of [0.01, 0.05, 0.1, 0.3, 0.7]) {
      expect(tests.filter(({ p }) => p <= alpha).length / 128).toBeLessThanOrEqual(alpha);
      expect(tests.filter(({ pGreater }) => pGreater <= alpha).length / 128).toBeLessThanOrEqual(alpha);
    }
    expect(tests.filter(({ pGreater }) => pGreater <= 0.05).length).toBeGreaterThan(0);
  });

  it("refuses no differences, one that is not finite, groups of another length, and bad options", () => {
    expect(() => pairedPermutation({ differences: [], seed: 1 })).toThrow(RangeError);
    expect(() => pairedPermutation({ differences: [Number.POSITIVE_INFINITY], seed: 1 })).toThrow(RangeError);
    expect(() => pairedPermutation({ differences: [1], groups: [], seed: 1 })).toThrow(RangeError);
    expect(() => pairedPermutation({ differences: [1], seed: 1, rounds: -1 })).toThrow(RangeError);
  });
});

describe("shiftedPermutation", () => {
  it("flips the differences above −margin", () => {
    // scipy 1.17.1, permutation_test on differences + 0.1, alternative="greater": 3 of 256.
    expect(shiftedPermutation({ differences: scores, margin: 0.1, seed: 1 })).toEqual({
      p: 3 / 256,
      exact: true,
      rounds: 256,
    });
  });

  it("is more easily passed the wider the margin", () => {
    const ps = [0.01, 0.03, 0.1, 0.3].map(
      (margin) => shiftedPermutation({ differences: scores, margin, seed: 1 }).p,
    );
    expect(ps).toEqual(ps.toSorted((a, b) => b - a));
    expect(ps[0]).toBeGreaterThan(ps[3]!);
  });

  it("passes equal models only where there are enough items to have seen a loss, if told the worst", () => {
    const ask = (n: number, worst?: number) =>
      shiftedPermutation({ differences: Array(n).fill(0), margin: 0.03, worst, seed: 1 }).p;
    // .97^60 = .16: among 60 items, a loss of 3 % stays unseen that often.
    expect(ask(60)).toBeLessThan(0.001);
    expect(ask(60, -1)).toBeGreaterThan(0.05);
    expect(ask(150, -1)).toBeLessThan(0.05);
  });

  it("lets the worst case be as large as the largest group", () => {
    const differences = Array(120).fill(0);
    const ask = (size: number) =>
      shiftedPermutation({
        differences,
        groups: differences.map((_, i) => Math.floor(i / size)),
        margin: 0.03,
        worst: -1,
        seed: 1,
      }).p;
    expect(ask(1)).toBeLessThan(0.05);
    expect(ask(4)).toBeGreaterThan(0.05);
  });

  it("raises too many false alarms where losses are rare and large, unless told the worst", () => {
    const random = createRandom("rare losses");
    const draws = 2000;
    let plain = 0;
    let guarded = 0;
    for (let i = 0; i < draws; i++) {
      const differences = Array.from({ length: 100 }, () => (random() < 0.03 ? -1 : 0));
      const test = { differences, margin: 0.03, seed: i, rounds: 300 };
      if (shiftedPermutation(test).p < 0.05) plain++;
      if (shiftedPermutation({ ...test, worst: -1 }).p < 0.05) guarded++;
    }
    expect(plain / draws).toBeGreaterThan(0.1);
    expectRateAtMost({ happened: guarded, draws }, 0.05);
  });

  it.each([0, -0.1, Number.NaN, Number.POSITIVE_INFINITY])("refuses the margin %d", (margin) => {
    expect(() => shiftedPermutation({ differences: scores, margin, seed: 1 })).toThrow(RangeError);
  });

  it.each([-0.1, 0, Number.NEGATIVE_INFINITY, Number.NaN])(
    "refuses %d as the worst of a margin of .1",
    (worst) => {
      expect(() => shiftedPermutation({ differences: scores, margin: 0.1, worst, seed: 1 })).toThrow(
        RangeError,
      );
    },
  );
});
