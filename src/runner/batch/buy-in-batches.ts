import { RequestFailure } from "../provider.ts";
import { carry, carryThrough } from "./carry.ts";
import type { Carrying } from "./carrying.ts";
import type { BatchDesk } from "./desk.ts";
import { fillJobs } from "./fill-jobs.ts";
import { findLeftovers } from "./find-leftovers.ts";
import { handIn } from "./hand-in.ts";
import type { JobRequest } from "./job.ts";
import { type Ledger, openLedger } from "./ledger.ts";

export type { BatchDesk } from "./desk.ts";
export { waitForJob } from "./wait-for-job.ts";

/** Requests to buy in batches. */
export interface BatchPurchase extends BatchDesk {
  /** What is not kept, in order. The same key twice is bought once. */
  readonly requests: AsyncIterable<JobRequest>;
  /** How often requests that got no answer are handed in again. */
  readonly retries: number;
  /** Called when it is written down who carries these requests: jobs of this purchase those that are `taken`. */
  placed(requests: readonly JobRequest[], taken: ReadonlySet<string>): void;
}

/**
 * Buys answers in batches: goes on with jobs that carry the requests already, hands in the others as files,
 * waits, keeps what comes, and hands in again what may succeed then.
 *
 * @returns why there is no answer, by key: for every request that was read and has no kept answer
 * @throws RequestFailure with scope `stop` where the provider refuses everything; the reason of `stop` or `hard`
 */
export async function buyInBatches(purchase: BatchPurchase): Promise<ReadonlyMap<string, RequestFailure>> {
  const ledger = openLedger(purchase.progress);
  const work = openWork(purchase);
  const carrying: Carrying = { desk: work.desk, ledger, retries: purchase.retries };
  try {
    // One file at a time is filled and sent, as each may be large; then all are waited for at once.
    const others = new Set<string>();
    for await (const { job, lease } of fillJobs(work.desk, ledger, others)) {
      const release = () => lease.release();
      if (ledger.stopped !== undefined) {
        purchase.store.jobs.end(job.id, "never created");
        release();
        break;
      }
      try {
        const batch = await handIn(carrying, job);
        work.begin(batch === undefined ? Promise.resolve() : carry(carrying, job, batch), release);
      } catch (error) {
        release();
        throw error;
      }
    }
    for (const id of await findLeftovers(work.desk, others)) others.add(id);
    for (let ids: ReadonlySet<string> = others; ids.size > 0; ids = jobsOf(purchase, ledger)) {
      for (const id of ids) work.begin(carryThrough(carrying, id));
      await work.done();
    }
    await work.done();
  } catch (error) {
    await work.end(error);
    throw error;
  }
  settle(purchase, ledger);
  // Whoever cancels a batch does not want the next one, nor to be asked live.
  if (ledger.stopped !== undefined) throw ledger.stopped;
  return ledger.failures;
}

/** Jobs that wait at the same time: where one fails, the others are left to the provider. */
function openWork(purchase: BatchPurchase) {
  const end = new AbortController();
  const desk = { ...purchase, stop: AbortSignal.any([purchase.stop, end.signal]) };
  const running: Promise<void>[] = [];
  const faults: unknown[] = [];
  const settled = async () => {
    while (running.length > 0) await Promise.all(running.splice(0));
  };
  return {
    desk,
    begin(job: Promise<void>, release: () => void = () => {}): void {
      const guarded = job.finally(release).catch((error: unknown) => {
        faults.push(error);
        end.abort(error);
      });
      running.push(guarded);
    },
    async done(): Promise<void> {
      await settled();
      if (faults.length > 0) throw faults[0];
    },
    async end(error: unknown): Promise<void> {
      end.abort(error);
      await settled();
    },
  };
}

/** Other jobs that came to carry what is missing, such as those in which another run hands it in again. */
function jobsOf({ store }: BatchDesk, ledger: Ledger): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const key of ledger.missing) {
    if (store.answer(key) !== undefined) ledger.kept(key);
    const job = store.jobs.holding(key);
    if (job !== undefined) ids.add(job.id);
  }
  return ids;
}

function settle({ store }: BatchDesk, ledger: Ledger): void {
  for (const key of ledger.missing) {
    if (store.answer(key) !== undefined) ledger.kept(key);
    else
      ledger.failed(
        key,
        new RequestFailure("the batch that another run handed in gave no answer to it", {
          hint: "run again: what is missing is then handed in",
        }),
      );
  }
}
