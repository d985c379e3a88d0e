import type { ApiError } from "./api-error.ts";

/** What an account may ask for, by a true sliding window. */
export interface RateLimits {
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  /** Length of the "minute". @defaultValue 60,000 */
  readonly windowMs?: number;
}

/** The limits of one server and the traffic that it has seen. */
export interface Traffic {
  /** A valid request arrives; an error with its headers where it is over a limit, and it then counts for nothing. */
  admit(promptTokens: number): ApiError | undefined;
  /** An answer goes out. */
  answered(completionTokens: number): void;
  /** Headers that tell how much is left; none where there are no limits. */
  headers(): Headers;
  /** The most requests and the most tokens of any window of this length, over all that arrived, refused or not. */
  busiestWindow(windowMs: number): { readonly requests: number; readonly tokens: number };
}

type Headers = { readonly [name: string]: string };

/** Watches the traffic of one server by its clock. */
export function watchTraffic(limits: RateLimits = {}): Traffic {
  const windowMs = limits.windowMs ?? 60_000;
  const windows = [
    { name: "requests", limit: limits.requestsPerMinute, window: slidingWindow(windowMs) },
    { name: "tokens", limit: limits.tokensPerMinute, window: slidingWindow(windowMs) },
  ] as const;
  const events: TrafficEvent[] = [];

  const headers = () => {
    const now = Date.now();
    const all: { [name: string]: string } = {};
    for (const { name, limit, window } of windows) {
      if (limit === undefined) continue;
      all[`x-ratelimit-limit-${name}`] = `${limit}`;
      all[`x-ratelimit-remaining-${name}`] = `${Math.max(0, limit - window.used(now))}`;
      all[`x-ratelimit-reset-${name}`] = formatDuration(window.resetMs(now));
    }
    return all;
  };

  return {
    admit(promptTokens) {
      const now = Date.now();
      events.push({ at: now, requests: 1, tokens: promptTokens });
      for (const { name, limit, window } of windows) {
        const amount = name === "requests" ? 1 : promptTokens;
        const waitMs = limit === undefined ? 0 : window.waitMs(amount, limit, now);
        if (waitMs > 0)
          return overLimit({ name, limit: limit ?? 0, amount, used: window.used(now), waitMs }, headers());
      }
      for (const { name, limit, window } of windows) {
        if (limit !== undefined) window.add(name === "requests" ? 1 : promptTokens, now);
      }
      return undefined;
    },
    answered(completionTokens) {
      const now = Date.now();
      events.push({ at: now, requests: 0, tokens: completionTokens });
      if (limits.tokensPerMinute !== undefined) windows[1].window.add(completionTokens, now);
    },
    headers,
    busiestWindow: (length) => busiestWindow(events, length),
  };
}

interface TrafficEvent {
  readonly at: number;
  readonly requests: number;
  readonly tokens: number;
}

/** Amounts of the last `windowMs` milliseconds; what came exactly that long ago is out. */
function slidingWindow(windowMs: number) {
  const events: { readonly at: number; readonly amount: number }[] = [];
  let first = 0;
  let sum = 0;
  const forget = (now: number) => {
    for (
      let event = events[first];
      event !== undefined && event.at <= now - windowMs;
      event = events[++first]
    ) {
      sum -= event.amount;
    }
    if (first < 10_000) return;
    events.splice(0, first);
    first = 0;
  };
  return {
    used(now: number): number {
      forget(now);
      return sum;
    },
    add(amount: number, now: number): void {
      events.push({ at: now, amount });
      sum += amount;
    },
    /** Milliseconds until `amount` fits under the limit; Infinity where it never does. */
    waitMs(amount: number, limit: number, now: number): number {
      forget(now);
      let excess = sum + amount - limit;
      if (excess <= 0) return 0;
      for (let at = first; at < events.length; at++) {
        const event = events[at];
        if (event === undefined) break;
        excess -= event.amount;
        if (excess <= 0) return event.at + windowMs - now;
      }
      return Number.POSITIVE_INFINITY;
    },
    /** Milliseconds until nothing is in the window any more. */
    resetMs(now: number): number {
      forget(now);
      const last = events.at(-1);
      return last === undefined || first === events.length ? 0 : last.at + windowMs - now;
    },
  };
}

function overLimit(
  over: { name: "requests" | "tokens"; limit: number; amount: number; used: number; waitMs: number },
  headers: Headers,
): ApiError {
  const { name, limit, amount, used, waitMs } = over;
  const what = name === "requests" ? "requests per min (RPM)" : "tokens per min (TPM)";
  const never = waitMs === Number.POSITIVE_INFINITY;
  return {
    status: 429,
    type: name,
    param: null,
    code: "rate_limit_exceeded",
    message: never
      ? `Request too large on ${what}: Limit ${limit}, Requested ${amount}.`
      : `Rate limit reached on ${what}: Limit ${limit}, Used ${used}, Requested ${amount}. Please try again in ${formatDuration(waitMs)}.`,
    headers: never
      ? headers
      : { ...headers, "retry-after-ms": `${waitMs}`, "retry-after": `${Math.ceil(waitMs / 1000)}` },
  };
}

/** A duration as the API writes it: `120ms`, `1.5s`, `6m0s`. */
function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)}ms`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = `${Number(((ms % 60_000) / 1000).toFixed(3))}s`;
  return minutes === 0 ? seconds : `${minutes}m${seconds}`;
}

function busiestWindow(events: readonly TrafficEvent[], windowMs: number) {
  let [first, requests, tokens, mostRequests, mostTokens] = [0, 0, 0, 0, 0];
  for (const event of events) {
    requests += event.requests;
    tokens += event.tokens;
    for (let old = events[first]; old !== undefined && old.at <= event.at - windowMs; old = events[++first]) {
      requests -= old.requests;
      tokens -= old.tokens;
    }
    mostRequests = Math.max(mostRequests, requests);
    mostTokens = Math.max(mostTokens, tokens);
  }
  return { requests: mostRequests, tokens: mostTokens };
}
