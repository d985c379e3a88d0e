import { carryThrough } from "./carry.ts";
import type { BatchDesk } from "./desk.ts";
import { openLedger } from "./ledger.ts";

/**
 * Waits for an open job, and keeps what came of it, as a run does that asks live for what a batch is about to
 * answer: afterwards the answer is kept, or may be asked for. Many may wait at once.
 *
 * @throws RequestFailure with scope `stop` where the provider refuses to tell; the reason of `stop` or `hard`
 */
export function waitForJob(desk: BatchDesk, id: string): Promise<void> {
  const known = waits.get(desk.store.jobs) ?? new Map<string, Promise<void>>();
  waits.set(desk.store.jobs, known);
  const waiting = known.get(id);
  if (waiting !== undefined) return waiting;
  const job = desk.store.jobs.read(id);
  if (job !== undefined && job.outcome === null)
    desk.note(
      `${job.requests.toLocaleString("en-US")} answers are in a batch of ${job.step} that is still open: waiting for it; distill cancel ends it`,
    );
  const fresh = carryThrough({ desk, ledger: openLedger(desk.progress), retries: 0 }, id).finally(() =>
    known.delete(id),
  );
  known.set(id, fresh);
  return fresh;
}

/** By store: a run that asks for many answers at once waits for their batch once. */
const waits = new WeakMap<object, Map<string, Promise<void>>>();
