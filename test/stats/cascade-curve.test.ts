import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CascadeItem, cascadeCurve } from "../../src/stats/cascade-curve.ts";

describe("cascadeCurve", () => {
  it("has a point for every threshold, from sending nothing to sending all", () => {
    const curve = cascadeCurve([
      { confidence: 0.9, first: 1, fallback: 1 },
      { confidence: 0.2, first: 0, fallback: 1 },
      { confidence: 0.5, first: 0, fallback: 1 },
      { confidence: 0.5, first: 1, fallback: 0 },
    ]);
    expect(curve.points).toEqual([
      { threshold: 0.2, sentShare: 0, quality: 0.5 },
      { threshold: 0.5, sentShare: 0.25, quality: 0.75 },
      { threshold: 0.9, sentShare: 0.75, quality: 0.75 },
      { threshold: null, sentShare: 1, quality: 0.75 },
    ]);
  });

  it("measures what RouteLLM's code measures", () => {
    // Calls 0, 10, 30, 50, 80, 100 % with quality .60, .65, .72, .70, .78, .80: apgr_metric of
    // lm-sys/RouteLLM, routellm/evals/evaluate.py, gives .6075 (numpy 2.4.6, trapezoid).
    const curve = cascadeCurve([
      ...step({ confidence: 0.1, size: 10, gain: 5 }),
      ...step({ confidence: 0.3, size: 20, gain: 7 }),
      ...step({ confidence: 0.5, size: 20, gain: -2 }),
      ...step({ confidence: 0.7, size: 30, gain: 8 }),
      ...step({ confidence: 0.9, size: 20, gain: 2 }),
    ]);
    expect(curve.points.map(({ sentShare }) => sentShare)).toEqual([0, 0.1, 0.3, 0.5, 0.8, 1]);
    const { quality } = curve.points[0]!;
    [0, 0.05, 0.12, 0.1, 0.18, 0.2].forEach((gain, i) => {
      expect(curve.points[i]!.quality - quality).toBeCloseTo(gain, 12);
    });
    expect(curve.apgr).toBeCloseTo(0.6075, 12);
    expect([0, 0.2, 0.25, 0.5, 0.8, 0.9, 1].map(curve.cpt)).toEqual([0, 0.1, 0.1, 0.3, 0.8, 0.8, 1]);
  });

  it("lies between a random router and one that knows the outcomes", () => {
    const items = [
      ...Array.from({ length: 6 }, (_, i) => ({ confidence: 0.5 + i / 20, first: 1, fallback: 1 })),
      ...Array.from({ length: 3 }, () => ({ confidence: 0.3, first: 0, fallback: 1 })),
      { confidence: 0.1, first: 1, fallback: 0 },
    ];
    const { random, oracle, apgr } = cascadeCurve(items);
    expect(random).toEqual({
      points: [
        { sentShare: 0, quality: 0.7 },
        { sentShare: 1, quality: 0.9 },
      ],
      apgr: 0.5,
    });
    expect(oracle.points).toEqual([
      { sentShare: 0, quality: 0.7 },
      { sentShare: 0.3, quality: 1 },
      { sentShare: 0.9, quality: 1 },
      { sentShare: 1, quality: 0.9 },
    ]);
    // (0 + 1.5)/2 · .3 + 1.5 · .6 + (1.5 + 1)/2 · .1
    expect(oracle.apgr).toBeCloseTo(1.25, 12);
    expect(apgr).toBeGreaterThan(0.5);
    expect(apgr).toBeLessThan(oracle.apgr!);
  });

  it("measures no gap where the fallback is not the better model", () => {
    const even = cascadeCurve([
      { confidence: 0.2, first: 1, fallback: 0 },
      { confidence: 0.7, first: 0, fallback: 1 },
    ]);
    expect(even.points).toHaveLength(3);
    expect(even.apgr).toBeUndefined();
    expect(even.random.apgr).toBeUndefined();
    expect(even.oracle.apgr).toBeUndefined();
    expect(even.cpt(0.5)).toBeUndefined();
  });

  it("takes scores as well as outcomes", () => {
    const curve = cascadeCurve([
      { confidence: 0.4, first: 0.25, fallback: 0.75 },
      { confidence: 0.6, first: 0.5, fallback: 0.75 },
    ]);
    expect(curve.points.map(({ quality }) => quality)).toEqual([0.375, 0.625, 0.75]);
    // (0 + 2/3)/2 · ½ + (2/3 + 1)/2 · ½
    expect(curve.apgr).toBeCloseTo(7 / 12, 12);
  });

  it("does not mind the order of items, and no router beats the oracle", () => {
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 40 }), (items) => {
        const curve = cascadeCurve(items);
        expect(cascadeCurve(items.toReversed()).points).toEqual(curve.points);
        const shares = curve.points.map(({ sentShare }) => sentShare);
        expect(shares).toEqual([...new Set(shares)].sort((a, b) => a - b));
        expect([shares[0], shares.at(-1)]).toEqual([0, 1]);
        if (curve.apgr !== undefined) {
          expect(curve.apgr).toBeLessThanOrEqual(curve.oracle.apgr! + 1e-12);
          expect(curve.random.apgr).toBeCloseTo(0.5, 12);
          expect(curve.cpt(1)).toBeLessThanOrEqual(1);
          expect(curve.cpt(0.5)).toBeLessThanOrEqual(curve.cpt(0.8)!);
        }
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it("refuses no items, a confidence outside 0..1, a score that is no number, and a share above 1", () => {
    expect(() => cascadeCurve([])).toThrow(RangeError);
    expect(() => cascadeCurve([{ confidence: 1.1, first: 1, fallback: 1 }])).toThrow(RangeError);
    expect(() => cascadeCurve([{ confidence: 0.5, first: Number.NaN, fallback: 1 }])).toThrow(RangeError);
    expect(() => cascadeCurve([{ confidence: 0.5, first: 0, fallback: 1 }]).cpt(1.1)).toThrow(RangeError);
  });
});

const item = fc.record({
  confidence: fc.integer({ min: 0, max: 10 }).map((tenth) => tenth / 10),
  first: fc.constantFrom(0, 1),
  fallback: fc.constantFrom(0, 0.5, 1),
});

/** Items of one confidence, of which `gain` more are right with the fallback (fewer where it is negative). */
function step({
  confidence,
  size,
  gain,
}: {
  readonly confidence: number;
  readonly size: number;
  readonly gain: number;
}): readonly CascadeItem[] {
  return Array.from({ length: size }, (_, i) => {
    if (i >= Math.abs(gain)) return { confidence, first: 1, fallback: 1 };
    return gain > 0 ? { confidence, first: 0, fallback: 1 } : { confidence, first: 1, fallback: 0 };
  });
}
