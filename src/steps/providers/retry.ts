import { RequestFailure } from "../../runner/provider.ts";
import { type Clock, steadyClock } from "./clock.ts";
import { onAbort } from "./on-abort.ts";

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
      /** True where the server is well and only said when to come again: such an attempt uses up no retry. */
      readonly uncounted?: boolean;
      /** True where nothing is there to answer. */
      readonly unreachable?: boolean;
      /** True where the server may have carried out the request, and bill it. */
      readonly taken?: boolean;
      readonly cause?: unknown;
    };

/** How often and how patiently to try. */
export interface RetryPolicy {
  /** Further attempts after the first. */
  readonly retries: number;
  readonly signal: AbortSignal;
  /** Aborted when no further attempt should be made: the last failure is then what came of it. */
  readonly stop?: AbortSignal | undefined;
  /** The first wait is drawn from 0 to this, the next from 0 to three times this, and so on. @defaultValue 100 */
  readonly baseMs?: number;
  /** No drawn wait is longer, as it is when the wait begins. @defaultValue 30,000 */
  readonly maxMs?: () => number;
  /** From the first attempt on, all attempts and waits together; no attempt begins later. @defaultValue 600,000 */
  readonly patienceMs?: number;
  /** When no attempt may begin any more, by the clock. */
  readonly deadlineAt?: number | undefined;
  /** False where waiting helps nothing: the answers were recorded. @defaultValue true */
  readonly waits?: boolean;
  /** From 0 to 1. */
  readonly random?: () => number;
  readonly clock?: Clock;
}

/**
 * Tries until an attempt answers, fails for good, or the retries are used up. Waits by exponential backoff with
 * full jitter (Brooker, "Exponential Backoff And Jitter", 2015), and never less than the server asked for.
 * A growth of three rather than two has both: a passing fault costs little, an outage of half a minute is sat through.
 * @throws RequestFailure of the last attempt; the signal's reason where it is aborted.
 */
export async function tryRepeatedly<T>(attempt: () => Promise<Attempt<T>>, policy: RetryPolicy): Promise<T> {
  const { clock = steadyClock } = policy;
  let counted = 0;
  let endAt: number | undefined;
  for (let tried = 1; ; tried += 1) {
    policy.signal.throwIfAborted();
    endAt ??= Math.min(clock.now() + (policy.patienceMs ?? 600_000), policy.deadlineAt ?? Infinity);
    const result = await attempt();
    if (result.outcome === "answered") return result.value;
    policy.signal.throwIfAborted();

    const { scope, hint, cause, retryAfterMs, taken = false } = result;
    if (result.uncounted !== true) counted += 1;
    const waitMs = (retryAfterMs ?? 0) + backoffMs(tried, policy);
    const tooLate = clock.now() + waitMs > endAt;
    if (!result.again || counted > policy.retries || tooLate || isStopped(policy)) {
      const notes = [
        ...(tried > 1 ? [`${tried} attempts`] : []),
        ...(result.again && tooLate ? [describeDelay(retryAfterMs)] : []),
      ];
      throw new RequestFailure(
        notes.length === 0 ? result.message : `${result.message} (${notes.join("; ")})`,
        {
          scope,
          cause,
          taken,
          ...(hint === undefined ? {} : { hint }),
        },
      );
    }
    if (policy.waits !== false) await pause(clock.now() + waitMs, policy, clock);
    if (isStopped(policy)) throw new RequestFailure(result.message, { scope, cause, taken });
  }
}

function describeDelay(retryAfterMs: number | undefined): string {
  return retryAfterMs === undefined
    ? "no time is left for another"
    : `the server asks to wait ${Math.ceil(retryAfterMs / 1000)} s`;
}

function isStopped({ stop }: RetryPolicy): boolean {
  return stop?.aborted === true;
}

function backoffMs(tried: number, policy: RetryPolicy): number {
  const ceiling = Math.min(policy.maxMs?.() ?? 30_000, (policy.baseMs ?? 100) * 3 ** (tried - 1));
  return (policy.random ?? Math.random)() * ceiling;
}

/** Waits until then; less where no further attempt should be made. @throws the signal's reason where it is aborted */
function pause(until: number, { signal, stop }: RetryPolicy, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      cancelWake();
      for (const stopListening of listening) stopListening();
      settle();
    };
    const cancelWake = clock.wake(() => end(resolve), until);
    const listening = [
      onAbort(signal, (reason) => end(() => reject(reason))),
      onAbort(stop, () => end(resolve)),
    ];
  });
}
