import { carryThrough } from "./carry.ts";
import { countOf } from "./count-of.ts";
import type { BatchDesk } from "./desk.ts";
import { openLedger } from "./ledger.ts";
import { orStopped } from "./stop-at-deadline.ts";

/**
 * Waits for an open job, and keeps what came of it, as a run does that asks live for what a batch is about to
 * answer: afterwards the answer is kept, or may be asked for. Many may wait at once, each until its own `stop`;
 * when the last one has gone, nobody carries the job any further.
 *
 * @throws RequestFailure with scope `stop` where the provider refuses to tell; the reason of `stop` or `hard`
 */
export async function waitForJob(desk: BatchDesk, id: string): Promise<void> {
  const known = waits.get(desk.store.jobs) ?? new Map<string, Wait>();
  waits.set(desk.store.jobs, known);
  let wait = known.get(id);
  if (wait === undefined) {
    wait = begin(desk, id, () => known.delete(id));
    known.set(id, wait);
  }
  wait.waiting += 1;
  try {
    await orStopped(wait.carried, desk.stop);
  } finally {
    wait.waiting -= 1;
    if (wait.waiting === 0) {
      known.delete(id);
      wait.leave.abort(desk.stop.reason);
      // Whoever comes next must find the job free.
      await wait.carried.catch(() => {});
    }
  }
}

/** One job that is waited for. */
interface Wait {
  readonly carried: Promise<void>;
  readonly leave: AbortController;
  /** How many wait. */
  waiting: number;
}

function begin(desk: BatchDesk, id: string, end: () => void): Wait {
  const job = desk.store.jobs.read(id);
  if (job !== undefined && job.outcome === null)
    desk.note(
      `${countOf(job.requests, "answer")} ${job.requests === 1 ? "is" : "are"} in a batch of ${job.step} that is still open: waiting for it; distill cancel ends it`,
    );
  const leave = new AbortController();
  const waiting = { ...desk, stop: leave.signal };
  const carried = carryThrough({ desk: waiting, ledger: openLedger(desk.progress), retries: 0 }, id).finally(
    end,
  );
  return { carried, leave, waiting: 0 };
}

/** By store: a run that asks for many answers at once waits for their batch once. */
const waits = new WeakMap<object, Map<string, Wait>>();
