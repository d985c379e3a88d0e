import { describe, expect, it } from "vitest";
import { type CalibrationItem, fixedSequenceThreshold } from "../../src/stats/fixed-sequence.ts";
import { createRandom } from "../../src/stats/random.ts";
import { expectRateAtMost } from "./expect-rate.ts";

const promise = { max: 0.05, confidence: 0.95 };

describe("fixedSequenceThreshold", () => {
  it("goes down until the losses no longer certify the risk", () => {
    // With n = 300 and max = .05, P(X <= 8) = .034 and P(X <= 9) = .065 (scipy 1.17.1): eight losses pass.
    const items = Array.from({ length: 300 }, (_, i) => item((i + 0.5) / 300, i % 10 === 5 ? 1 : 0));
    const chosen = fixedSequenceThreshold(items, promise);
    expect(chosen).toMatchObject({ n: 300, losses: 8 });
    expect(chosen.p).toBeLessThan(0.05);
    const next = chosen.curve[chosen.curve.findIndex((point) => point.threshold === chosen.threshold) + 1];
    expect(next).toMatchObject({ losses: 9 });
    expect(next?.p).toBeGreaterThan(0.05);
  });

  it("serves everything where the first model never loses", () => {
    const items = Array.from({ length: 59 }, () => item(0.2, 0));
    expect(fixedSequenceThreshold(items, promise)).toMatchObject({ threshold: 0, kept: 59, losses: 0 });
  });

  it("certifies nothing from too few items, however good they are", () => {
    // ln .05 / ln .95 = 58.4
    const items = Array.from({ length: 58 }, () => item(1, 0));
    const chosen = fixedSequenceThreshold(items, promise);
    expect(chosen).toMatchObject({ threshold: null, kept: 0, losses: 0, n: 58 });
    expect(chosen.p).toBeCloseTo(0.95 ** 58, 12);
  });

  it("sends everything to the fallback where the surest answers already lose", () => {
    const items = Array.from({ length: 300 }, (_, i) => item(0.999, i < 30 ? 1 : 0));
    expect(fixedSequenceThreshold(items, promise).threshold).toBeNull();
  });

  it("may certify a threshold that no item reaches: there the risk is 0", () => {
    const items = Array.from({ length: 1000 }, (_, i) => item(0.9, i < 100 ? 1 : 0));
    expect(fixedSequenceThreshold(items, promise)).toMatchObject({ threshold: 0.905, kept: 0, losses: 0 });
  });

  it("keeps an item whose confidence equals the threshold, on a grid that the data cannot move", () => {
    const close = [0.82 - Number.EPSILON, 0.82 + Number.EPSILON, 0.0049999, 0.9999, 1];
    for (const confidence of [...grid, ...close]) {
      const { curve } = fixedSequenceThreshold([item(confidence, 0)], promise);
      expect(curve.map((point) => [point.threshold, point.kept])).toEqual(
        grid.map((threshold) => [threshold, confidence >= threshold ? 1 : 0]),
      );
    }
  });

  it("refuses no items, a confidence or loss out of range, and an empty promise", () => {
    expect(() => fixedSequenceThreshold([], promise)).toThrow(RangeError);
    expect(() => fixedSequenceThreshold([item(1.01, 0)], promise)).toThrow(RangeError);
    expect(() => fixedSequenceThreshold([item(Number.NaN, 0)], promise)).toThrow(RangeError);
    expect(() => fixedSequenceThreshold([item(0.5, 0.5 as 1)], promise)).toThrow(RangeError);
    expect(() => fixedSequenceThreshold([item(0.5, 0)], { max: 0, confidence: 0.95 })).toThrow(RangeError);
    expect(() => fixedSequenceThreshold([item(0.5, 0)], { max: 0.05, confidence: 1 })).toThrow(RangeError);
  });
});

describe("in 2,000 simulated calibrations of 300 items", () => {
  // Confidence c uniform, loss with probability (1 − c)/2: the risk at threshold t is (1 − t)²/4, which is
  // .05 at t = .553.
  const trueRisk = (threshold: number | null) => (threshold === null ? 0 : (1 - threshold) ** 2 / 4);
  const random = createRandom("fixed sequence");
  const calibrations = Array.from({ length: 2000 }, () =>
    fixedSequenceThreshold(
      Array.from({ length: 300 }, () => {
        const confidence = random();
        return item(confidence, random() < (1 - confidence) / 2 ? 1 : 0);
      }),
      promise,
    ),
  );

  it("the true risk exceeds the promise in at most 5 %, while the best observed threshold does in far more", () => {
    const broken = calibrations.filter(({ threshold }) => trueRisk(threshold) > promise.max);
    expectRateAtMost({ happened: broken.length, draws: calibrations.length }, 0.05);
    const naive = calibrations.filter(({ curve }) => {
      const lowest = curve.findLast(({ losses }) => losses / 300 <= promise.max);
      return trueRisk(lowest?.threshold ?? null) > promise.max;
    });
    expect(naive.length / calibrations.length).toBeGreaterThan(0.4);
  });

  it("the promise is not kept by serving nothing", () => {
    const kept = calibrations.reduce((sum, one) => sum + one.kept / one.n, 0) / calibrations.length;
    // At most .447 could be kept with the risk known.
    expect(kept).toBeGreaterThan(0.3);
    expect(calibrations.every(({ threshold }) => threshold !== null)).toBe(true);
  });
});

const grid = Array.from({ length: 200 }, (_, i) => Number((0.995 - i * 0.005).toFixed(3)));

function item(confidence: number, loss: 0 | 1): CalibrationItem {
  return { confidence, loss };
}
