import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/stats/random.ts";

describe("createRandom", () => {
  // The authors' C code (xoshiro128starstar.c, splitmix64.c), compiled; two outputs make 53 bits.
  it.each([
    [0, [0.870254774404272, 0.6697971505310978, 0.3616586206733957, 0.759190638670705]],
    [7, [0.4193505224726699, 0.6968157502682852, 0.4836025107011258, 0.7748895963582745]],
    [1234567, [0.4581609298502769, 0.2597213476304633, 0.38181164490555175, 0.6609242549776498]],
    ["bootstrap", [0.9626133744142816, 0.47911181885524257]],
  ])("draws what the reference draws for the seed %s", (seed, expected) => {
    const random = createRandom(seed);
    expect(expected.map(() => random())).toEqual(expected);
  });

  it("draws other numbers for another seed, and the same for the same", () => {
    expect(createRandom("a")()).not.toBe(createRandom("b")());
    expect(createRandom(-1)()).not.toBe(createRandom(1)());
    expect(createRandom("7")()).not.toBe(createRandom(7)());
    expect(createRandom("é")()).toBe(createRandom("é")());
  });

  it("spreads evenly over [0, 1)", () => {
    const random = createRandom(1);
    const bins = new Array<number>(16).fill(0);
    for (let i = 0; i < 160_000; i++) bins[Math.floor(random() * 16)]! += 1;
    const chiSquare = bins.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    // 0.999 quantile of chi-square with 15 degrees of freedom.
    expect(chiSquare).toBeLessThan(37.7);
  });

  it("refuses a seed that is not a whole number", () => {
    expect(() => createRandom(0.5)).toThrow(RangeError);
    expect(() => createRandom(Number.NaN)).toThrow(RangeError);
  });
});
