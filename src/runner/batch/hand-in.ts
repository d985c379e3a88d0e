import { type RemoteBatch, RequestFailure } from "../provider.ts";
import type { Carrying } from "./carrying.ts";
import { countOf } from "./count-of.ts";
import { type BatchDesk, pause } from "./desk.ts";
import { findBatch } from "./find-batch.ts";
import type { BatchJob } from "./job.ts";

/**
 * The batch of a job: the one that is there, or a new one. A creation of which nothing is known is never sent
 * again before the provider was asked for it by its tag.
 *
 * @returns undefined where nothing was created and nobody wants its requests any more: the job has ended
 */
export async function handIn(carrying: Carrying, job: BatchJob): Promise<RemoteBatch | undefined> {
  const { desk, ledger } = carrying;
  const { store, batches, hard } = desk;
  if (job.remote !== null) return batches.read(job.remote, hard);
  const found = job.handed === null ? undefined : await findBatch(desk, job, job.handed);
  if (found !== undefined) return adopt(desk, job, found);
  const unwanted = [...store.jobs.keys(job.id)].filter((key) => !ledger.wanted.has(key));
  store.jobs.drop(job.id, unwanted);
  // Cancelled before anything was created, and wanted again by this run.
  if (job.cancelled) store.jobs.note(job.id, { cancelled: false });
  const file = composeFile(carrying, job);
  if (file === "") {
    store.jobs.end(job.id, "never created");
    return undefined;
  }
  const batch = adopt(desk, job, await create(carrying, job, file));
  const { requests } = store.jobs.read(job.id)!;
  desk.sent(requests);
  desk.note(`${countOf(requests, "request")} handed in as ${batch.id}`);
  return batch;
}

async function create({ desk, retries }: Carrying, job: BatchJob, file: string): Promise<RemoteBatch> {
  const { store, batches, hard } = desk;
  for (let tried = 0; ; tried += 1) {
    const handed = desk.now();
    store.jobs.note(job.id, { handed });
    try {
      return await batches.create(file, job.id, hard);
    } catch (error) {
      hard.throwIfAborted();
      if (!(error instanceof RequestFailure)) throw error;
      if (error.scope === "stop") {
        // Where it was refused, nothing is there to look for; a fault of ours says nothing of that.
        if (!error.taken) store.jobs.note(job.id, { handed: null });
        throw error;
      }
      const found = await findBatch(desk, job, handed);
      if (found !== undefined) return found;
      if (tried >= retries)
        throw new RequestFailure(`the batch could not be handed in: ${error.message}`, {
          scope: "stop",
          hint: error.hint ?? "run again later: it is first asked for at the provider, and not sent twice",
        });
      await pause(desk, 1_000 * 2 ** tried);
    }
  }
}

function adopt({ store }: BatchDesk, job: BatchJob, batch: RemoteBatch): RemoteBatch {
  store.jobs.note(job.id, { remote: batch.id });
  return batch;
}

/** The file of a job; empty where no request of it can be sent. */
function composeFile({ desk, ledger }: Carrying, job: BatchJob): string {
  const { store, batches } = desk;
  const refused: string[] = [];
  let file = "";
  for (const { key, request } of store.jobs.requests(job.id)) {
    try {
      file += `${batches.line(key, request)}\n`;
    } catch (error) {
      if (!(error instanceof RequestFailure) || error.scope === "stop") throw error;
      refused.push(key);
      ledger.failed(key, error);
    }
  }
  store.jobs.drop(job.id, refused);
  return file;
}
