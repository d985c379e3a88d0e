import type { Budget, Intent, Reservation } from "./money/budget.ts";
import { type AttemptEnd, type ModelAnswer, RequestFailure } from "./provider.ts";

/** The attempts at one request: each is set money aside for, and each that may be billed counts. */
export interface Attempts {
  /** Sets money aside for the next attempt; see `RequestExecution.onAttempt`. */
  begin(): Promise<(end: AttemptEnd) => void>;
  /** The last attempt was answered. Returns US dollars; null where the cost is not known. */
  answered(answer: ModelAnswer): number | null;
  /** None was answered, and none is to come. */
  failed(error: unknown): void;
}

/**
 * Opens the attempts at a request, with money for the first; `count` is called for each that was sent.
 *
 * @throws OverBudget where there is no money for it
 */
export async function openAttempts(
  intent: Intent,
  { budget, count }: { readonly budget: Budget; readonly count: () => void },
): Promise<Attempts> {
  let next: Reservation | undefined = await budget.reserve(intent);
  let underWay: Reservation | undefined;

  return {
    async begin() {
      const own = next ?? (await budget.reserve(intent));
      next = undefined;
      underWay = own;
      return (end) => {
        underWay = undefined;
        if (end !== "not sent") count();
        if (end === "taken") own.forfeit();
        else own.release();
      };
    },
    answered({ usage, cost_usd }) {
      count();
      // A provider that tells of no attempt has made one.
      return (underWay ?? next!).settle(usage, cost_usd);
    },
    failed(error) {
      const open = underWay ?? next;
      if (open === undefined) return;
      count();
      const isRefused = underWay === undefined && error instanceof RequestFailure && !error.taken;
      if (isRefused) open.release();
      else open.forfeit();
    },
  };
}
