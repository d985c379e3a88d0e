import { describe, expect, it } from "vitest";
import {
  backMs,
  readDurationMs,
  readRateHints,
  readRetryAfterMs,
  readWaitMs,
} from "../../../../src/steps/providers/limiter/rate-headers.ts";

const headers =
  (all: { readonly [name: string]: string }) =>
  (name: string): string | null =>
    all[name] ?? null;

describe("readRetryAfterMs", () => {
  const read = (all: { readonly [name: string]: string }) => readRetryAfterMs(headers(all));

  it("reads milliseconds, seconds and dates, milliseconds first", () => {
    expect(read({ "retry-after-ms": "250", "retry-after": "9" })).toBe(250);
    expect(read({ "retry-after": "1.5" })).toBe(1500);
    const inTwoSeconds = new Date(Date.now() + 2000).toUTCString();
    expect(read({ "retry-after": inTwoSeconds })).toBeGreaterThan(500);
    expect(read({ "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" })).toBe(0);
  });

  it("takes what is neither for no wish", () => {
    expect(read({})).toBeUndefined();
    expect(read({ "retry-after": "soon" })).toBeUndefined();
    expect(read({ "retry-after": "-5", "retry-after-ms": "NaN" })).toBeUndefined();
  });
});

describe("readDurationMs", () => {
  it.each<[string | null, number | undefined]>([
    ["120ms", 120],
    ["1s", 1000],
    ["8.64s", 8640],
    ["6m0s", 360_000],
    ["1h2m3s", 3_723_000],
    ["1d", 86_400_000],
    ["17", 17_000],
    ["", undefined],
    ["soon", undefined],
    ["5x", undefined],
    [null, undefined],
  ])("%j is %j", (text, expected) => expect(readDurationMs(text)).toBe(expected));
});

describe("readRateHints", () => {
  it("reads what is left of each limit and when all of it is back", () => {
    expect(
      readRateHints(
        headers({
          "x-ratelimit-remaining-requests": "59",
          "x-ratelimit-reset-requests": "1s",
          "x-ratelimit-limit-requests": "60",
          "x-ratelimit-remaining-tokens": "0",
        }),
      ),
    ).toEqual({
      requests: { remaining: 59, resetMs: 1000, limit: 60 },
      tokens: { remaining: 0, resetMs: 0, limit: undefined },
    });
    expect(readRateHints(headers({ "x-ratelimit-remaining-requests": "many" }))).toEqual({});
  });
});

describe("backMs", () => {
  it.each([
    [{ resetMs: 86_400_000, limit: 10_000 }, 1, 8640],
    [{ resetMs: 60_000, limit: 30_000 }, 500, 1000],
    [{ resetMs: 60_000, limit: 100 }, 500, 60_000],
    [{ resetMs: 7000, limit: undefined }, 1, 7000],
    [{ resetMs: 86_400_000, limit: undefined }, 1, 60_000],
    [{ resetMs: 5000, limit: 0 }, 1, 5000],
  ])("of %j for %d is %d", (hint, amount, expected) => {
    expect(backMs({ remaining: 0, ...hint }, amount)).toBe(expected);
  });
});

describe("readWaitMs", () => {
  const used = {
    "x-ratelimit-remaining-requests": "12",
    "x-ratelimit-reset-requests": "30s",
    "x-ratelimit-remaining-tokens": "0",
    "x-ratelimit-reset-tokens": "2s",
  };

  it("takes Retry-After before everything else", () => {
    expect(readWaitMs(429, headers({ ...used, "retry-after": "5" }))).toBe(5000);
    expect(readWaitMs(503, headers({ "retry-after": "5" }))).toBe(5000);
  });

  it("waits for the limit that is used up, and for the slowest where none is", () => {
    expect(readWaitMs(429, headers(used))).toBe(2000);
    expect(readWaitMs(429, headers({ ...used, "x-ratelimit-remaining-tokens": "10" }))).toBe(30_000);
  });

  it("knows nothing where the server says nothing, or was not asked for too much", () => {
    expect(readWaitMs(429, headers({}))).toBeUndefined();
    expect(readWaitMs(500, headers(used))).toBeUndefined();
  });
});
