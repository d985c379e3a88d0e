import { describe, expect, it } from "vitest";
import { openAdaptiveLimit } from "../../../../src/steps/providers/limiter/adaptive-limit.ts";

/** Plays rounds against a server that refuses what is more than `capacity` at once. */
function play(limit: ReturnType<typeof openAdaptiveLimit>, capacity: number, rounds: number, wanted = 128) {
  const seen: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const underWay = Math.min(wanted, Math.floor(limit.most));
    for (let n = 0; n < underWay; n += 1) limit.answered(n >= capacity, underWay);
    seen.push(limit.most);
  }
  return seen;
}

describe("an adaptive limit", () => {
  it("knows no bound while nothing is too much", () => {
    const limit = openAdaptiveLimit();
    play(limit, 1000, 5);
    expect(limit.most).toBe(Number.POSITIVE_INFINITY);
  });

  it("is halved by a round in which all are refused, once a round, and never falls below one", () => {
    const limit = openAdaptiveLimit(64);
    expect(play(limit, 0, 8)).toEqual([32, 16, 8, 4, 2, 1, 1, 1]);
  });

  it("finds what a server takes, and stays there", () => {
    const limit = openAdaptiveLimit();
    const seen = play(limit, 10, 60);
    expect(Math.min(...seen.slice(10))).toBeGreaterThanOrEqual(8);
    expect(Math.max(...seen.slice(20))).toBeLessThanOrEqual(13);
  });

  it("grows by one a round where it was reached, up to where it began", () => {
    const limit = openAdaptiveLimit(8);
    play(limit, 0, 1);
    expect(play(limit, 100, 6)).toEqual([5, 6, 7, 8, 8, 8]);
  });

  it("does not grow while nobody reaches it", () => {
    const limit = openAdaptiveLimit(8);
    play(limit, 0, 1);
    expect(play(limit, 100, 3, 2)).toEqual([4, 4, 4]);
  });

  it("is lowered by half of the share that was refused, and not at all by one in ten", () => {
    const limit = openAdaptiveLimit(100);
    for (let n = 0; n < 100; n += 1) limit.answered(n < 10, 100);
    expect(limit.most).toBe(100);
    for (let n = 0; n < 100; n += 1) limit.answered(n < 40, 100);
    expect(limit.most).toBe(80);
  });
});
