import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openRateWindow } from "../../../../src/steps/providers/limiter/rate-window.ts";

/** One request of a simulation. */
interface Request {
  readonly amount: number;
  /** From sending to its arrival at the server. */
  readonly toServerMs: number;
  /** From its arrival to the answer. */
  readonly toAnswerMs: number;
  /** What it takes in the end, as a share of what was taken for it. */
  readonly used: number;
}

interface Arrival {
  readonly at: number;
  readonly amount: number;
}

/** Sends requests one after the other, each as early as the window lets it; arrivals by the server's clock. */
function simulate(limit: number, requests: readonly Request[]): readonly Arrival[] {
  const window = openRateWindow({ limit });
  const settling: { readonly at: number; settle(): void }[] = [];
  const arrivals: Arrival[] = [];
  let now = 0;
  for (const { amount, toServerMs, toAnswerMs, used } of requests) {
    for (;;) {
      const at = window.fitsAt(amount, now);
      settling.sort((a, b) => a.at - b.at);
      if (settling[0] !== undefined && settling[0].at <= Math.max(at, now)) {
        now = Math.max(now, settling[0].at);
        settling.shift()!.settle();
      } else if (at > now) now = at;
      else break;
    }
    const taken = window.take(amount, now);
    const really = Math.ceil(amount * used);
    const answeredAt = now + toServerMs + toAnswerMs;
    settling.push({ at: answeredAt, settle: () => window.settle(taken, really, answeredAt) });
    arrivals.push({ at: now + toServerMs, amount: really });
  }
  return arrivals;
}

/** The most of any 60 seconds. */
function busiest(arrivals: readonly Arrival[]): number {
  return Math.max(
    ...arrivals.map(({ at: end }) =>
      arrivals
        .filter(({ at }) => at <= end && at > end - 60_000)
        .reduce((sum, { amount }) => sum + amount, 0),
    ),
  );
}

const jittered = fc.record({
  amount: fc.integer({ min: 1, max: 40 }),
  toServerMs: fc.integer({ min: 0, max: 1000 }),
  toAnswerMs: fc.integer({ min: 0, max: 5000 }),
  used: fc.double({ min: 0.1, max: 1, noNaN: true }),
});

describe("a rate window", () => {
  it("is never overstepped by the server's clock, however late requests arrive and answers come", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: 400 }),
        fc.array(jittered, { minLength: 50, maxLength: 300 }),
        (limit, requests) => busiest(simulate(limit, requests)) <= limit,
      ),
      { numRuns: 200 },
    );
  });

  it("is used to nine tenths and more in every minute under load", () => {
    const requests = Array.from({ length: 4000 }, (_, n) => ({
      amount: 1,
      toServerMs: (n * 37) % 50,
      toAnswerMs: 200,
      used: 1,
    }));
    const arrivals = simulate(600, requests);
    const last = arrivals.at(-1)!.at;
    expect(last).toBeGreaterThan(300_000);
    for (let from = 0; from + 60_000 < last; from += 10_000) {
      const within = arrivals.filter(({ at }) => at >= from && at < from + 60_000).length;
      expect(within).toBeGreaterThanOrEqual(540);
    }
  });

  it("sends no more than a few seconds' worth at once", () => {
    const arrivals = simulate(
      600,
      Array.from({ length: 600 }, () => ({ amount: 1, toServerMs: 0, toAnswerMs: 20, used: 1 })),
    );
    expect(arrivals.filter(({ at }) => at < 1).length).toBe(20);
    expect(arrivals.filter(({ at }) => at <= 10_000).length).toBeLessThanOrEqual(121);
  });

  it("of three a minute sends one every twenty seconds", () => {
    const arrivals = simulate(
      3,
      Array.from({ length: 7 }, () => ({ amount: 1, toServerMs: 5, toAnswerMs: 20, used: 1 })),
    );
    const gaps = arrivals.slice(1).map(({ at }, index) => at - arrivals[index]!.at);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(19_999);
    expect(Math.max(...gaps)).toBeLessThan(20_300);
  });

  it("sends what is more than a whole minute's worth alone, rather than never", () => {
    const quick = { toServerMs: 0, toAnswerMs: 20, used: 1 };
    const arrivals = simulate(100, [
      { amount: 30, ...quick },
      { amount: 500, ...quick },
      { amount: 30, ...quick },
    ]);
    expect(arrivals[1]!.at - arrivals[0]!.at).toBeGreaterThanOrEqual(60_000);
    expect(arrivals[2]!.at - arrivals[1]!.at).toBeGreaterThanOrEqual(60_000);
  });

  it("gives back what was set aside and not used", () => {
    const window = openRateWindow({ limit: 100, burstMs: 60_000 });
    const taken = window.take(100, 0);
    expect(window.fitsAt(50, 10)).toBeGreaterThan(60_000);
    window.settle(taken, 20, 10);
    expect(window.fitsAt(50, 10)).toBe(10);
  });

  it("can be lowered, and then holds the lower limit for what was sent before too", () => {
    const window = openRateWindow({ limit: 100, burstMs: 60_000 });
    window.take(40, 0);
    window.lower(50);
    expect(window.fitsAt(20, 10)).toBeGreaterThan(60_000);
  });
});
