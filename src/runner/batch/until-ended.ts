import { type RemoteBatch, RequestFailure } from "../provider.ts";
import type { Carrying } from "./carrying.ts";
import { type BatchDesk, pause, throwIfEnding } from "./desk.ts";
import type { BatchJob } from "./job.ts";

/** A batch is asked about after a tenth of the time that it has run, within these bounds. */
const intervalMs = { least: 1_000, most: 60_000 };

/** So often it is looked whether somebody cancelled it meanwhile. */
const glanceMs = 1_000;

/** Waits until a batch has ended, and cancels it where that is wanted. Outages of the provider are sat out. */
export async function untilEnded(
  { desk, ledger }: Carrying,
  job: BatchJob,
  running: RemoteBatch,
): Promise<RemoteBatch> {
  const { store, batches, hard } = desk;
  const since = store.jobs.read(job.id)?.handed ?? job.created;
  let batch = running;
  let silent = false;
  try {
    for (;;) {
      tell(batch);
      if (batch.state === "ended") return batch;
      throwIfEnding(desk);
      const cancels = batch.state === "running" && isCancelled(desk, job);
      if (!cancels) await wait(desk, job, { batch, ms: desk.now() - since });
      try {
        batch = cancels ? await batches.cancel(batch.id, hard) : await batches.read(batch.id, hard);
        silent = false;
      } catch (error) {
        hard.throwIfAborted();
        if (!(error instanceof RequestFailure) || error.scope === "stop") throw error;
        if (!silent) desk.note(`${batch.id} cannot be asked about for now: ${error.message}`);
        silent = true;
      }
      // Neither a refusal nor a slow cancellation must be asked for without a break.
      if (cancels) await pause(desk, intervalMs.least);
    }
  } catch (error) {
    if (desk.stop.aborted)
      desk.note(`${batch.id} goes on at the provider: distill run fetches it, distill cancel ends it`);
    throw error;
  }

  function tell({ counts: { total, completed, failed } }: RemoteBatch): void {
    const known = store.jobs.read(job.id);
    if (known?.counts.completed !== completed || known.counts.failed !== failed)
      store.jobs.note(job.id, { counts: { completed, failed } });
    ledger.stands(job.id, completed + failed, Math.max(total, job.requests));
  }
}

async function wait(
  desk: BatchDesk,
  job: BatchJob,
  { batch, ms }: { readonly batch: RemoteBatch; readonly ms: number },
): Promise<void> {
  let left = Math.min(intervalMs.most, Math.max(intervalMs.least, ms / 10));
  for (; left > 0; left -= glanceMs) {
    await pause(desk, Math.min(left, glanceMs));
    if (batch.state === "running" && isCancelled(desk, job)) return;
  }
}

function isCancelled({ store }: BatchDesk, { id }: BatchJob): boolean {
  return store.jobs.read(id)?.cancelled === true;
}
