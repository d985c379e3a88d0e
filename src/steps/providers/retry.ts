import { setTimeout as sleep } from "node:timers/promises";
import { RequestFailure } from "../../runner/provider.ts";

/** What came of one attempt. */
export type Attempt<T> =
  | { readonly outcome: "answered"; readonly value: T }
  | {
      readonly outcome: "failed";
      /** What went wrong and where, in one line without a full stop. */
      readonly message: string;
      readonly hint?: string;
      /** `stop`: no other request of this provider can succeed either. */
      readonly scope: "request" | "stop";
      /** True where the same request may succeed later. */
      readonly again: boolean;
      /** Milliseconds that the server asked to wait. */
      readonly retryAfterMs?: number;
    };

/** How often and how patiently to try. */
export interface RetryPolicy {
  /** Further attempts after the first. */
  readonly retries: number;
  readonly signal: AbortSignal;
  /** Aborted when no further attempt should be made: the last failure is then what came of it. */
  readonly stop?: AbortSignal;
  /** The first wait is drawn from 0 to this, the next from 0 to twice this, and so on. @defaultValue 500 */
  readonly baseMs?: number;
  /** No drawn wait is longer. @defaultValue 30,000 */
  readonly maxMs?: number;
  /** A server that asks for a longer wait than this ends the attempts. @defaultValue 600,000 */
  readonly maxRetryAfterMs?: number;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/**
 * Tries until an attempt answers, fails for good, or the retries are used up. Waits by exponential backoff with
 * full jitter (Brooker, "Exponential Backoff And Jitter", 2015), and never less than the server asked for.
 * @throws RequestFailure of the last attempt; the signal's reason where it is aborted.
 */
export async function tryRepeatedly<T>(attempt: () => Promise<Attempt<T>>, policy: RetryPolicy): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    policy.signal.throwIfAborted();
    const result = await attempt();
    if (result.outcome === "answered") return result.value;

    const { message, scope, hint, retryAfterMs = 0 } = result;
    const tooLong = retryAfterMs > (policy.maxRetryAfterMs ?? 600_000);
    if (!result.again || tried > policy.retries || tooLong || isStopped(policy)) {
      const notes = [
        ...(tried > 1 ? [`${tried} attempts`] : []),
        ...(tooLong ? [`the server asks to wait ${Math.ceil(retryAfterMs / 1000)} s`] : []),
      ];
      throw new RequestFailure(notes.length === 0 ? message : `${message} (${notes.join("; ")})`, {
        scope,
        ...(hint === undefined ? {} : { hint }),
      });
    }
    await pause(retryAfterMs + backoffMs(tried, policy), policy);
    if (isStopped(policy)) throw new RequestFailure(message, { scope });
  }
}

/** The server's wish: `retry-after-ms`, or `retry-after` in seconds or as a date; undefined where it has none. */
export function readRetryAfterMs(headers: { get(name: string): string | null }): number | undefined {
  const milliseconds = readNumber(headers.get("retry-after-ms"));
  if (milliseconds !== undefined) return milliseconds;
  const text = headers.get("retry-after");
  const seconds = readNumber(text);
  if (seconds !== undefined) return seconds * 1000;
  // Date.parse takes nearly anything for a date, such as "-5".
  const date = /^[A-Za-z]{3}/.test(text ?? "") ? Date.parse(text ?? "") : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

function readNumber(text: string | null): number | undefined {
  return text !== null && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}

function isStopped({ stop }: RetryPolicy): boolean {
  return stop?.aborted === true;
}

function backoffMs(tried: number, policy: RetryPolicy): number {
  const ceiling = Math.min(policy.maxMs ?? 30_000, (policy.baseMs ?? 500) * 2 ** (tried - 1));
  return (policy.random ?? Math.random)() * ceiling;
}

async function pause(ms: number, { signal, stop }: RetryPolicy): Promise<void> {
  try {
    await sleep(ms, undefined, { signal: stop === undefined ? signal : AbortSignal.any([signal, stop]) });
  } catch {
    signal.throwIfAborted();
  }
}
