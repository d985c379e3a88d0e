import { describe, expect, it } from "vitest";
import { pairedPower } from "../../src/stats/paired-power.ts";
import { expectRelative } from "./expect-relative.ts";

describe("pairedPower", () => {
  // scipy 1.17.1, binomial and trinomial probabilities summed over every outcome.
  it.each([
    [{ n: 50, onlyA: 0.32, onlyB: 0.08, alpha: 0.05 }, 0.8393569848602911],
    [{ n: 50, onlyA: 0.2, onlyB: 0.2, alpha: 0.05 }, 0.03257867422659948],
    [{ n: 300, onlyA: 0.13, onlyB: 0.07, alpha: 0.05 }, 0.7190954789574096],
    [{ n: 600, onlyA: 0.08, onlyB: 0.05, alpha: 0.025 }, 0.4886641641544299],
    [{ n: 400, onlyA: 0.05, onlyB: 0.05, alpha: 0.05, margin: 0.03 }, 0.5850564281054014],
    [{ n: 600, onlyA: 0.04, onlyB: 0.05, alpha: 0.05, margin: 0.03 }, 0.4855430773429158],
  ])("is exact for %o", ({ onlyA, onlyB, ...gate }, power) => {
    const powerAt = pairedPower({ ...gate, discordantShare: onlyA + onlyB });
    expectRelative(powerAt(onlyA - onlyB), power, 1e-10);
  });

  it("rises with the difference, from below alpha to 1", () => {
    const powerAt = pairedPower({ n: 500, discordantShare: 0.2, alpha: 0.05 });
    const powers = [-0.1, 0, 0.02, 0.05, 0.1, 0.2].map(powerAt);
    expect(powers).toEqual(powers.toSorted((a, b) => a - b));
    expect(powers[1]).toBeLessThan(0.05);
    expect(powers.at(-1)).toBeCloseTo(1, 12);
  });

  it("knows the ends: no items, no discordant pair, nothing else", () => {
    expect(pairedPower({ n: 0, discordantShare: 0.2, alpha: 0.05, margin: 0.03 })(0)).toBe(0);
    expect(pairedPower({ n: 200, discordantShare: 0, alpha: 0.05 })(0)).toBe(0);
    // z = √(n m / (1 − m)) is 1.64 at n = 87.5.
    expect(pairedPower({ n: 87, discordantShare: 0, alpha: 0.05, margin: 0.03 })(0)).toBe(0);
    expect(pairedPower({ n: 88, discordantShare: 0, alpha: 0.05, margin: 0.03 })(0)).toBe(1);
    // 2^−5 is the first below .05.
    expect(pairedPower({ n: 4, discordantShare: 1, alpha: 0.05 })(1)).toBe(0);
    expect(pairedPower({ n: 5, discordantShare: 1, alpha: 0.05 })(1)).toBe(1);
  });

  it("refuses what cannot be", () => {
    const gate = { n: 100, discordantShare: 0.2, alpha: 0.05 };
    expect(() => pairedPower(gate)(0.21)).toThrow("within ± the discordant share");
    expect(() => pairedPower(gate)(Number.NaN)).toThrow(RangeError);
    expect(() => pairedPower({ ...gate, n: 1.5 })).toThrow(RangeError);
    expect(() => pairedPower({ ...gate, discordantShare: 1.1 })).toThrow(RangeError);
    expect(() => pairedPower({ ...gate, alpha: 0 })).toThrow(RangeError);
    expect(() => pairedPower({ ...gate, margin: 0 })).toThrow(RangeError);
  });
});
