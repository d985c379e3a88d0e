import type { JobRequest } from "./batch/job.ts";
import type { Budget, Intent, Reservation } from "./money/budget.ts";
import type { ModelAnswer, ModelRequest } from "./provider.ts";

/** The money that is set aside for requests on their way into batches and back, by key. */
export interface BatchReservations {
  /** Sets aside what a request may cost. @throws OverBudget where it does not fit the limit */
  reserve(one: JobRequest): Promise<void>;
  /** A job of this run carries the request: from now on it may be paid for. */
  carry(one: JobRequest): void;
  /** Another job carries it, or none has to: it is not for this run to pay. */
  leave(key: string): void;
  /** The request was answered. @returns US dollars; null where the cost is not known */
  settle(one: JobRequest, answer: ModelAnswer): number | null;
  /** Gives back what was set aside, but for requests that may be answered and billed all the same. */
  end(mayBeBilled: (key: string) => boolean): void;
}

/** Opens reservations of which there are none yet. */
export function openBatchReservations(
  budget: Budget,
  intentOf: (request: ModelRequest) => Intent,
): BatchReservations {
  const held = new Map<string, Reservation>();
  const take = (key: string) => {
    const reservation = held.get(key);
    held.delete(key);
    return reservation;
  };
  return {
    async reserve({ key, request }) {
      held.set(key, await budget.reserve(intentOf(request)));
    },
    carry({ key, request }) {
      // Another job carried it when it was looked at, and has let go of it since.
      if (!held.has(key)) held.set(key, budget.admit(intentOf(request)));
    },
    leave: (key) => take(key)?.release(),
    settle({ key, request }, answer) {
      // A job that an earlier run handed in was never set aside in this one, and is paid for all the same.
      const reservation = take(key) ?? budget.admit(intentOf(request));
      return reservation.settle(answer.usage, answer.cost_usd);
    },
    end(mayBeBilled) {
      for (const [key, reservation] of held)
        if (mayBeBilled(key)) reservation.forfeit();
        else reservation.release();
      held.clear();
    },
  };
}
