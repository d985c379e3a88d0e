import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clusterBootstrap, clusterBootstrapPaired } from "../../src/stats/cluster-bootstrap.ts";
import { createRandom } from "../../src/stats/random.ts";

const options = { seed: 1, confidence: 0.95 };

// Ten groups, of which so many are right out of so many.
const right = [3, 8, 1, 6, 9, 2, 0, 12, 5, 7];
const sizes = [5, 10, 6, 6, 11, 2, 4, 14, 9, 8];
const values = right.flatMap((count, g) => Array.from({ length: sizes[g]! }, (_, i) => (i < count ? 1 : 0)));
const groups = sizes.flatMap((size, g) => Array.from({ length: size }, () => `group ${g}`));

describe("clusterBootstrap", () => {
  // scipy 1.17.1, bootstrap((right, sizes), sum / sum, paired=True, method="BCa", n_resamples=200000) at the
  // confidence 2Φ(t √(10/9)) − 1, t for 9 degrees of freedom; three seeds differ by up to .005.
  it.each([
    [0.9, 0.507, 0.8235],
    [0.95, 0.432, 0.8435],
  ])("agrees with scipy's BCa at the widened level for %d", (confidence, low, high) => {
    const mean = clusterBootstrap({ values, groups, seed: 1, confidence, resamples: 20_000 });
    expect(mean.estimate).toBe(53 / 75);
    expect(mean.groups).toBe(10);
    expect(Math.abs(mean.low! - low)).toBeLessThan(0.012);
    expect(Math.abs(mean.high! - high)).toBeLessThan(0.005);
  });

  it("agrees with scipy's BCa on skewed ungrouped values", () => {
    // scipy 1.17.1, as above with √(12/11) and 11 degrees of freedom: 4.417 to 21.25.
    const skewed = [1, 2, 2, 3, 3, 4, 5, 7, 9, 12, 20, 40];
    const mean = clusterBootstrap({ values: skewed, ...options, resamples: 20_000 });
    expect(mean).toMatchObject({ estimate: 9, groups: 12 });
    expect(Math.abs(mean.low! - 4.417)).toBeLessThan(0.1);
    expect(Math.abs(mean.high! - 21.25)).toBeLessThan(0.6);
  });

  it("is wider where items of a group are alike than where groups are ignored", () => {
    const random = createRandom("alike");
    const alike = Array.from({ length: 40 }, () => (random() < 0.7 ? 1 : 0)).flatMap((one) => [
      one,
      one,
      one,
    ]);
    const owner = alike.map((_, i) => Math.floor(i / 3));
    const clustered = clusterBootstrap({ values: alike, groups: owner, ...options });
    const ignored = clusterBootstrap({ values: alike, ...options });
    // Three copies of an item are one item: √3.
    const ratio = (clustered.high! - clustered.low!) / (ignored.high! - ignored.low!);
    expect(ratio).toBeGreaterThan(1.5);
    expect(ratio).toBeLessThan(2);
  });

  it("has no interval for fewer than two groups", () => {
    expect(clusterBootstrap({ values: [1, 0, 1], groups: ["a", "a", "a"], ...options })).toEqual({
      estimate: 2 / 3,
      low: null,
      high: null,
      groups: 1,
    });
    expect(clusterBootstrap({ values: [0.5], ...options })).toMatchObject({ low: null, high: null });
  });

  it("is a point where all groups are alike", () => {
    expect(clusterBootstrap({ values: [1, 1, 1, 1], ...options })).toEqual({
      estimate: 1,
      low: 1,
      high: 1,
      groups: 4,
    });
  });

  it("takes every item for its own group where none are named", () => {
    const own = values.map((_, i) => i);
    expect(clusterBootstrap({ values, groups: own, ...options })).toEqual(
      clusterBootstrap({ values, ...options }),
    );
  });

  it("depends on the seed, but not on the order of items or the names of groups", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 5 })), {
          minLength: 1,
          maxLength: 30,
        }),
        (items) => {
          const one = estimateOf(items);
          const turned = estimateOf(items.toReversed().map(([value, group]) => [value, 9 - group]));
          expect(turned).toEqual(one);
        },
      ),
      { numRuns: 50, seed: 1 },
    );
    expect(clusterBootstrap({ values, groups, ...options, seed: 2 })).not.toEqual(
      clusterBootstrap({ values, groups, ...options }),
    );
  });

  it("stays between the lowest and the highest value", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 20 }),
        (some) => {
          const { low, high } = clusterBootstrap({ values: some, ...options, resamples: 200 });
          expect(low!).toBeLessThanOrEqual(high!);
          expect(low!).toBeGreaterThanOrEqual(Math.min(...some) - 1e-12);
          expect(high!).toBeLessThanOrEqual(Math.max(...some) + 1e-12);
        },
      ),
      { numRuns: 100, seed: 1 },
    );
  });

  it("refuses no values, one that is no number, groups of another length, and bad options", () => {
    expect(() => clusterBootstrap({ values: [], ...options })).toThrow(RangeError);
    expect(() => clusterBootstrap({ values: [Number.NaN, 1], ...options })).toThrow(RangeError);
    expect(() => clusterBootstrap({ values: [1, 0], groups: ["a"], ...options })).toThrow(
      "there are 2 values and 1 groups",
    );
    expect(() => clusterBootstrap({ values: [1, 0], seed: 1, confidence: 1 })).toThrow(RangeError);
    expect(() => clusterBootstrap({ values: [1, 0], ...options, resamples: 0 })).toThrow(RangeError);
    expect(() => clusterBootstrap({ values: [1, 0], ...options, seed: 0.5 })).toThrow(RangeError);
  });
});

describe("clusterBootstrapPaired", () => {
  it("is the bootstrap of the differences, item by item", () => {
    const b = values.map((_, i) => (i % 4 === 0 ? 0 : 1));
    const differences = values.map((value, i) => value - b[i]!);
    expect(clusterBootstrapPaired({ a: values, b, groups, ...options })).toEqual(
      clusterBootstrap({ values: differences, groups, ...options }),
    );
  });

  it("is certainly 0 for a model and itself", () => {
    expect(clusterBootstrapPaired({ a: values, b: values, groups, ...options })).toMatchObject({
      estimate: 0,
      low: 0,
      high: 0,
    });
  });

  it("refuses models that do not cover the same items", () => {
    expect(() => clusterBootstrapPaired({ a: [1, 0], b: [1], ...options })).toThrow(
      "a and b must cover the same items",
    );
  });
});

function estimateOf(items: readonly (readonly [number, number])[]) {
  return clusterBootstrap({
    values: items.map(([value]) => value),
    groups: items.map(([, group]) => group),
    ...options,
    resamples: 100,
  });
}
