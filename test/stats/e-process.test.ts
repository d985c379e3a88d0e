import { describe, expect, it } from "vitest";
import { eProcessBetter, eProcessNotWorse } from "../../src/stats/e-process.ts";
import { expectRelative } from "./expect-relative.ts";

describe("eProcessBetter", () => {
  // scipy 1.17.1, integrate.quad of the mixture; from 300 on mpmath 1.3.0, betainc with 40 digits.
  it.each([
    [0, 0, 1],
    [1, 0, 1.5],
    [0, 3, 0.25],
    [10, 0, 186.0909090909091],
    [12, 2, 23.917216117216118],
    [40, 20, 8.973250647158206],
    [6, 16, 0.08478473561257245],
    [300, 200, 2585.06605253118],
    [3000, 1000, 6.015929253384108e225],
  ])("is the integral of the likelihood ratio where only A has %d and only B %d", (onlyA, onlyB, e) => {
    expectRelative(eProcessBetter({ onlyA, onlyB }).e, e, 1e-12);
  });

  it("stays a number however much it has seen", () => {
    expect(eProcessBetter({ onlyA: 1e6, onlyB: 0 })).toEqual({ e: Number.MAX_VALUE, p: 0 });
    // Without a win, 1 / (n + 1).
    expectRelative(eProcessBetter({ onlyA: 0, onlyB: 1e6 }).e, 1 / 1_000_001, 1e-12);
  });

  it("is a fair bet on a coin: what comes next is worth what is there", () => {
    for (let onlyA = 0; onlyA <= 40; onlyA++) {
      for (let onlyB = 0; onlyB <= 40; onlyB++) {
        const win = eProcessBetter({ onlyA: onlyA + 1, onlyB }).e;
        const loss = eProcessBetter({ onlyA, onlyB: onlyB + 1 }).e;
        expectRelative((win + loss) / 2, eProcessBetter({ onlyA, onlyB }).e, 1e-12);
        // So where A is worse, it is an unfair one.
        expect(win).toBeGreaterThan(loss);
      }
    }
  });

  it("has a p of 1 / e, and of 1 where the bet has lost", () => {
    const { e, p } = eProcessBetter({ onlyA: 12, onlyB: 2 });
    expect(p).toBeCloseTo(1 / e, 14);
    expect(eProcessBetter({ onlyA: 2, onlyB: 12 }).p).toBe(1);
  });

  it("refuses what is no count", () => {
    expect(() => eProcessBetter({ onlyA: -1, onlyB: 0 })).toThrow(RangeError);
    expect(() => eProcessBetter({ onlyA: 0, onlyB: 0.5 })).toThrow(RangeError);
  });
});

describe("eProcessNotWorse", () => {
  // mpmath 1.3.0: the mean of the 20 products with 40 digits.
  it.each([
    [{ both: 0, onlyA: 0, onlyB: 0, neither: 100 }, 0.03, 3.021448119825756],
    [{ both: 500, onlyA: 20, onlyB: 25, neither: 55 }, 0.03, 2.080914147167526],
    [{ both: 43, onlyA: 0, onlyB: 1, neither: 0 }, 0.1, 2.0527929168396892],
    [{ both: 80, onlyA: 10, onlyB: 2, neither: 8 }, 0.05, 64.17182988414253],
  ])("is the mean of the bets on %o with margin %d", (counts, margin, e) => {
    expectRelative(eProcessNotWorse(counts, margin).e, e, 1e-12);
  });

  it("is a fair bet where A is worse by exactly the margin, and no better one where by more", () => {
    const margin = 0.1;
    for (const [onlyA, onlyB] of [
      [0, 0.1],
      [0.2, 0.3],
      [0.05, 0.35],
    ] as const) {
      const rates = { both: 1 - onlyA - onlyB, onlyA, onlyB };
      const seen = { both: 30, onlyA: 4, onlyB: 3, neither: 20 };
      const here = eProcessNotWorse(seen, margin).e;
      let next = 0;
      for (const kind of ["both", "onlyA", "onlyB"] as const)
        next += rates[kind] * eProcessNotWorse({ ...seen, [kind]: seen[kind] + 1 }, margin).e;
      if (onlyB - onlyA > 0.11) expect(next).toBeLessThan(here);
      else expectRelative(next, here, 1e-12);
    }
  });

  it("grows with agreement, and stays a number", () => {
    const agree = (both: number) => eProcessNotWorse({ both, onlyA: 0, onlyB: 0, neither: 0 }, 0.03);
    expect(agree(50).e).toBeGreaterThan(agree(10).e);
    expect(agree(200).p).toBeLessThan(0.05);
    expect(agree(1e6)).toEqual({ e: Number.MAX_VALUE, p: 0 });
    expect(eProcessNotWorse({ both: 0, onlyA: 0, onlyB: 1e6, neither: 0 }, 0.03)).toEqual({ e: 0, p: 1 });
  });

  it("refuses no pairs, what is no count, and a margin of 0 or 1", () => {
    const counts = { both: 9, onlyA: 0, onlyB: 1, neither: 0 };
    expect(() => eProcessNotWorse({ both: 0, onlyA: 0, onlyB: 0, neither: 0 }, 0.1)).toThrow(RangeError);
    expect(() => eProcessNotWorse({ ...counts, both: -1 }, 0.1)).toThrow(RangeError);
    expect(() => eProcessNotWorse(counts, 0)).toThrow(RangeError);
    expect(() => eProcessNotWorse(counts, 1)).toThrow(RangeError);
  });
});
