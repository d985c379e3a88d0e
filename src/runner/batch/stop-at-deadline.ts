import { RequestFailure } from "../provider.ts";
import type { Purchase } from "../purchase.ts";

/** What ends a step's waiting for batches. */
export interface Ending {
  /** Aborted with the run's stop, or when the step's deadline is over. */
  readonly signal: AbortSignal;
  /** Why, where the deadline is over; undefined before. */
  readonly overdue: RequestFailure | undefined;
  /** Lets go of the timer. */
  end(): void;
}

/** Joins a run's stop and a step's deadline: at either the step stops waiting, and its batches go on. */
export function stopAtDeadline(
  stop: AbortSignal,
  { deadlineAt, execution }: Pick<Purchase, "deadlineAt" | "execution">,
): Ending {
  if (deadlineAt === undefined) return { signal: stop, overdue: undefined, end: () => {} };
  const deadline = new AbortController();
  let overdue: RequestFailure | undefined;
  const pass = () => {
    overdue = new RequestFailure(`the step's deadline of ${execution.deadlineMs! / 1000} s is over`, {
      scope: "stop",
      hint: "what was handed in goes on at the provider, and the next run fetches it; or raise execution.deadline",
    });
    deadline.abort(overdue);
  };
  const leftMs = deadlineAt - performance.now();
  if (leftMs <= 0) pass();
  const timer = leftMs <= 0 ? undefined : setTimeout(pass, Math.min(leftMs, longestTimerMs));
  return {
    signal: AbortSignal.any([stop, deadline.signal]),
    get overdue() {
      return overdue;
    },
    end: () => clearTimeout(timer),
  };
}

/** Some 24 days: Node's timers take no longer one. */
const longestTimerMs = 2 ** 31 - 1;

/** Waits for something, but no longer than a signal lets. @throws the signal's reason */
export async function orStopped<T>(waited: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener("abort", stop);
  try {
    return await Promise.race([waited, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
