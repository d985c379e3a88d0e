/** A response's header by its lower-case name; null where it has none. */
export type ReadHeader = (name: string) => string | null;

/** What a server says of one of its limits. */
export interface RateHint {
  /** What is left now. */
  readonly remaining: number;
  /** Milliseconds until all of it is back; 0 where the server does not tell. */
  readonly resetMs: number;
  /** All of it; undefined where the server does not tell. */
  readonly limit: number | undefined;
}

/** The two limits that servers tell about. */
export const rateNames = ["requests", "tokens"] as const;

/** What a server says of its limits; a limit of which it says nothing is left out. */
export type RateHints = { readonly [name in (typeof rateNames)[number]]?: RateHint };

/** Reads `x-ratelimit-remaining-…`, `…-reset-…` and `…-limit-…`, as OpenAI, Azure, Groq and others send them. */
export function readRateHints(header: ReadHeader): RateHints {
  const hints: { -readonly [name in keyof RateHints]: RateHints[name] } = {};
  for (const name of rateNames) {
    const remaining = readNumber(header(`x-ratelimit-remaining-${name}`));
    if (remaining === undefined) continue;
    hints[name] = {
      remaining,
      resetMs: readDurationMs(header(`x-ratelimit-reset-${name}`)) ?? 0,
      limit: readNumber(header(`x-ratelimit-limit-${name}`)),
    };
  }
  return hints;
}

/**
 * Milliseconds until so much of a limit is back. It comes back evenly, so that one of a day's requests need not be
 * waited for all day; and no longer than a minute, for most limits are of minutes, and a refusal tells it again.
 */
export function backMs({ resetMs, limit }: RateHint, amount = limit ?? 1): number {
  const share = limit === undefined || limit === 0 ? 1 : Math.min(1, amount / limit);
  return Math.min(60_000, resetMs * share);
}

/**
 * How long a refusal asks to wait: `retry-after`, or of a 429 without one until some of the limit that is used up is
 * back; undefined where it asks for nothing.
 */
export function readWaitMs(status: number, header: ReadHeader): number | undefined {
  const asked = readRetryAfterMs(header);
  if (asked !== undefined || status !== 429) return asked;
  const { requests, tokens } = readRateHints(header);
  const hints = [
    ...(requests === undefined ? [] : [{ ...requests, waitMs: backMs(requests, 1) }]),
    // How many tokens it takes is not told here.
    ...(tokens === undefined ? [] : [{ ...tokens, waitMs: backMs(tokens) }]),
  ].filter(({ waitMs }) => waitMs > 0);
  const usedUp = hints.filter(({ remaining }) => remaining === 0);
  const waits = (usedUp.length > 0 ? usedUp : hints).map(({ waitMs }) => waitMs);
  return waits.length === 0 ? undefined : Math.max(...waits);
}

/** The server's wish: `retry-after-ms`, or `retry-after` in seconds or as a date; undefined where it has none. */
export function readRetryAfterMs(header: ReadHeader): number | undefined {
  const milliseconds = readNumber(header("retry-after-ms"));
  if (milliseconds !== undefined) return milliseconds;
  const text = header("retry-after");
  const seconds = readNumber(text);
  if (seconds !== undefined) return seconds * 1000;
  // Date.parse takes nearly anything for a date, such as "-5".
  const date = /^[A-Za-z]{3}/.test(text ?? "") ? Date.parse(text ?? "") : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** A duration such as `1h2m3.5s`, `120ms` or, as some servers write it, seconds; undefined where it is none. */
export function readDurationMs(text: string | null): number | undefined {
  const seconds = readNumber(text);
  if (seconds !== undefined) return seconds * 1000;
  if (text === null || !/^\s*(\d+(\.\d+)?(ms|[dhms]))+\s*$/.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g))
    sum += Number(amount) * unitMs[unit as keyof typeof unitMs];
  return sum;
}

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function readNumber(text: string | null): number | undefined {
  return text !== null && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}
