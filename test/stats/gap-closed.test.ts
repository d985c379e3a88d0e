import { describe, expect, it } from "vitest";
import { gapClosed } from "../../src/stats/gap-closed.ts";
import { createRandom } from "../../src/stats/random.ts";

describe("gapClosed", () => {
  it("is the candidate's way from base to teacher", () => {
    const outcomes = {
      teacher: [1, 1, 1, 1, 0],
      candidate: [1, 1, 1, 0, 0],
      base: [1, 0, 0, 0, 0],
    } as const;
    expect(gapClosed(outcomes, { seed: 1 })?.share).toBeCloseTo(2 / 3, 14);
  });

  it("is certainly 1 for the teacher itself and 0 for the base itself", () => {
    const { teacher, base } = draw(createRandom(1), 300);
    const options = { seed: 1 };
    expect(gapClosed({ teacher, base, candidate: teacher }, options)).toEqual({
      share: 1,
      interval: { low: 1, high: 1 },
    });
    expect(gapClosed({ teacher, base, candidate: base }, options)).toEqual({
      share: 0,
      interval: { low: 0, high: 0 },
    });
  });

  it("is undefined where the teacher is not above the base", () => {
    expect(gapClosed({ teacher: [1, 0], base: [0, 1], candidate: [1, 1] }, { seed: 1 })).toBeUndefined();
  });

  it("has no interval where the gap may well be none", () => {
    const closed = gapClosed({ teacher: [1, 0, 1], base: [0, 1, 0], candidate: [1, 1, 1] }, { seed: 1 });
    expect(closed).toEqual({ share: 2, interval: null });
  });

  it("depends on the seed, but not on the order of the items", () => {
    const { teacher, base, candidate } = draw(createRandom(2), 200);
    const once = gapClosed({ teacher, base, candidate }, { seed: "s" });
    const turned = {
      teacher: teacher.toReversed(),
      base: base.toReversed(),
      candidate: candidate.toReversed(),
    };
    expect(gapClosed(turned, { seed: "s" })).toEqual(once);
    expect(gapClosed(turned, { seed: "t" })).not.toEqual(once);
  });

  it("covers the true share in about 95 % of 400 simulated comparisons", () => {
    const random = createRandom("gap closed coverage");
    let covered = 0;
    for (let i = 0; i < 400; i++) {
      const closed = gapClosed(draw(random, 400), { seed: i, resamples: 400 });
      const interval = closed?.interval;
      if (interval && interval.low <= 0.5 && interval.high >= 0.5) covered++;
    }
    expect(covered / 400).toBeGreaterThan(0.92);
    expect(covered / 400).toBeLessThan(0.98);
  });

  it("refuses arrays that do not cover the same items, none, or other outcomes", () => {
    expect(() => gapClosed({ teacher: [1], base: [0, 0], candidate: [1] }, { seed: 1 })).toThrow(RangeError);
    expect(() => gapClosed({ teacher: [], base: [], candidate: [] }, { seed: 1 })).toThrow(RangeError);
    const half = { teacher: [0.5 as 1], base: [0], candidate: [1] } as const;
    expect(() => gapClosed(half, { seed: 1 })).toThrow("item 0 is not 0 or 1");
  });
});

/** Items that are hard or easy for all: teacher .9, candidate .75, base .6, so a true share of .5. */
function draw(random: () => number, n: number) {
  const hardness = Array.from({ length: n }, () => random());
  const answers = (rate: number) =>
    hardness.map((hard): 0 | 1 => (0.5 * hard + 0.5 * random() < threshold(rate) ? 1 : 0));
  return { teacher: answers(0.9), candidate: answers(0.75), base: answers(0.6) };
}

/** Where the mean of two uniform numbers has the distribution function `rate` (at least ½). */
function threshold(rate: number): number {
  return 1 - Math.sqrt((1 - rate) / 2);
}
