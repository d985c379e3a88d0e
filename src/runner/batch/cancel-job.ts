import type { RemoteBatch } from "../provider.ts";
import type { BatchDesk } from "./desk.ts";
import { leaseName } from "./fill-jobs.ts";
import { findBatch } from "./find-batch.ts";
import type { BatchJob } from "./job.ts";

/** What became of a job that was to be cancelled; undefined where the run that is handing it in will do it. */
export type CancelledJob = { readonly batch: RemoteBatch | "never created" | undefined };

/**
 * Cancels an open job, whoever waits for it. What the provider had answered by then is kept by the run that
 * waits, or by the next one.
 * @throws RequestFailure where the provider cannot be asked
 */
export async function cancelJob(
  desk: Pick<BatchDesk, "store" | "batches" | "now" | "sleep" | "stop" | "hard">,
  job: BatchJob,
): Promise<CancelledJob> {
  const { store, batches, hard } = desk;
  // Before all else: a run that waits must not hand in again what it misses.
  store.jobs.note(job.id, { cancelled: true });
  if (job.remote !== null) return { batch: await batches.cancel(job.remote, hard) };
  const lease = store.tryLease(leaseName(job.id));
  if (lease === undefined) return { batch: undefined };
  try {
    const found = job.handed === null ? undefined : await findBatch(desk, job, job.handed);
    if (found === undefined) {
      store.jobs.end(job.id, "never created");
      return { batch: "never created" };
    }
    store.jobs.note(job.id, { remote: found.id });
    return { batch: await batches.cancel(found.id, hard) };
  } finally {
    lease.release();
  }
}
