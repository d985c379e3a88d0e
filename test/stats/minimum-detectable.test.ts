import { describe, expect, it } from "vitest";
import { itemsToDecide, itemsToDecideRate, minimumDetectable } from "../../src/stats/minimum-detectable.ts";
import { pairedPower } from "../../src/stats/paired-power.ts";

const gate = { discordantShare: 0.2, alpha: 0.05, power: 0.8 };

describe("minimumDetectable", () => {
  // scipy 1.17.1: exact power summed over every outcome, solved by brentq.
  it("is where the exact power of McNemar's test reaches what was asked", () => {
    expect(minimumDetectable({ n: 300, ...gate })).toBeCloseTo(0.0664577, 6);
  });

  it("is the largest loss that still passes where there is a margin", () => {
    const loss = minimumDetectable({ n: 600, discordantShare: 0.08, alpha: 0.05, power: 0.8, margin: 0.03 });
    expect(loss).toBeCloseTo(0.0008115, 6);
  });

  it("falls with more items and rises with more discordance, and the loss that passes the other way", () => {
    const differences = [200, 400, 800, 1600].map((n) => minimumDetectable({ n, ...gate })!);
    expect(differences).toEqual(differences.toSorted((a, b) => b - a));
    const shares = [0.1, 0.2, 0.4].map(
      (discordantShare) => minimumDetectable({ n: 400, ...gate, discordantShare })!,
    );
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    const losses = [800, 1600, 6400].map((n) => minimumDetectable({ n, ...gate, margin: 0.05 })!);
    expect(losses).toEqual(losses.toSorted((a, b) => a - b));
    expect(losses.at(-1)).toBeLessThan(0.05);
  });

  it("is null where not even the largest possible difference is found, or equal models do not pass", () => {
    expect(minimumDetectable({ n: 20, ...gate })).toBeNull();
    expect(minimumDetectable({ n: 0, ...gate })).toBeNull();
    expect(minimumDetectable({ n: 300, ...gate, discordantShare: 0 })).toBeNull();
    expect(minimumDetectable({ n: 300, ...gate, margin: 0.03 })).toBeNull();
  });

  it("is all of the discordance where even that is no loss of the margin", () => {
    expect(minimumDetectable({ n: 3000, ...gate, discordantShare: 0.01, margin: 0.03 })).toBe(0.01);
  });

  it("refuses a power of 0 or 1", () => {
    expect(() => minimumDetectable({ n: 300, ...gate, power: 1 })).toThrow(RangeError);
    expect(() => minimumDetectable({ n: 300, ...gate, power: 0 })).toThrow(RangeError);
  });
});

describe("itemsToDecide", () => {
  it.each([
    { difference: 0.06, ...gate },
    { difference: 0.2, ...gate },
    { difference: -0.01, ...gate, margin: 0.03 },
    { difference: 0, ...gate, discordantShare: 0, margin: 0.03 },
    { difference: 0.01, discordantShare: 0.3, alpha: 0.0125, power: 0.9 },
  ])("is enough, and one item fewer is not: %o", ({ difference, power, ...asked }) => {
    const n = itemsToDecide({ difference, power, ...asked })!;
    expect(pairedPower({ ...asked, n })(difference)).toBeGreaterThanOrEqual(power);
    expect(pairedPower({ ...asked, n: n - 1 })(difference)).toBeLessThan(power);
  });

  it("turns minimumDetectable round", () => {
    const difference = minimumDetectable({ n: 2000, ...gate })!;
    const n = itemsToDecide({ difference: difference + 1e-6, ...gate })!;
    expect(Math.abs(n - 2000)).toBeLessThan(20);
  });

  it("goes on by the normal approximation, without a jump", () => {
    const exact = itemsToDecide({ difference: 0.0044, ...gate, discordantShare: 0.3 })!;
    const approximate = itemsToDecide({ difference: 0.0043, ...gate, discordantShare: 0.3 })!;
    expect(exact).toBeLessThan(100_000);
    expect(approximate).toBeGreaterThan(100_000);
    expect(approximate / exact).toBeCloseTo((44 / 43) ** 2, 2);
    expect(itemsToDecide({ difference: 1e-6, ...gate })).toBeGreaterThan(1e11);
  });

  it("is null where the gate never would pass", () => {
    expect(itemsToDecide({ difference: 0, ...gate })).toBeNull();
    expect(itemsToDecide({ difference: -0.01, ...gate })).toBeNull();
    expect(itemsToDecide({ difference: -0.03, ...gate, margin: 0.03 })).toBeNull();
  });

  it("refuses a difference beyond the discordance, also where it would be null", () => {
    expect(() => itemsToDecide({ difference: 0.3, ...gate })).toThrow(RangeError);
    expect(() => itemsToDecide({ difference: -0.3, ...gate })).toThrow(RangeError);
    expect(() => itemsToDecide({ difference: -0.1, ...gate, alpha: 1 })).toThrow(RangeError);
  });
});

describe("itemsToDecideRate", () => {
  const asked = { confidence: 0.95, power: 0.8 };

  it("is where the exact power reaches what was asked", () => {
    // scipy 1.17.1, summed over every outcome: .8383 at 586, .7929 at 585; .8065 as early as 543.
    expect(itemsToDecideRate({ rate: 0.95, min: 0.92, ...asked })).toBe(586);
    // Without a failure Wilson's interval ends at n / (n + z²): .9 at 34.6.
    expect(itemsToDecideRate({ rate: 1, min: 0.9, ...asked })).toBe(35);
  });

  it("rises as the rate comes near, and is null at it", () => {
    const ns = [0.98, 0.95, 0.93, 0.921].map((rate) => itemsToDecideRate({ rate, min: 0.92, ...asked })!);
    expect(ns).toEqual(ns.toSorted((a, b) => a - b));
    expect(itemsToDecideRate({ rate: 0.92, min: 0.92, ...asked })).toBeNull();
    expect(itemsToDecideRate({ rate: 0.5, min: 1, ...asked })).toBeNull();
    expect(itemsToDecideRate({ rate: 0.5, min: 0, ...asked })).toBe(1);
  });

  it("refuses what is no rate, confidence or power", () => {
    expect(() => itemsToDecideRate({ rate: 1.1, min: 0.9, ...asked })).toThrow(RangeError);
    expect(() => itemsToDecideRate({ rate: 0.9, min: -0.1, ...asked })).toThrow(RangeError);
    expect(() => itemsToDecideRate({ rate: 0.9, min: 0.8, confidence: 1, power: 0.8 })).toThrow(RangeError);
    expect(() => itemsToDecideRate({ rate: 0.9, min: 0.8, confidence: 0.95, power: 0 })).toThrow(RangeError);
  });
});
