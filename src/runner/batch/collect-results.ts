import { setImmediate } from "node:timers/promises";
import { type BatchResult, type RemoteBatch, RequestFailure } from "../provider.ts";
import type { Carrying } from "./carrying.ts";
import { pause } from "./desk.ts";
import type { BatchJob } from "./job.ts";

/** So many answers are kept together: with log-probabilities each of them takes a megabyte. */
const groupSize = 32;

/** Further attempts at fetching results; what was kept before is not lost. */
const maxAttempts = 6;

/**
 * Keeps the answers of a batch that has ended, and tells the failures of requests that were refused.
 *
 * @returns requests without either, by key, with the reason where one was told
 */
export async function collectResults(
  carrying: Carrying,
  job: BatchJob,
  batch: RemoteBatch,
): Promise<ReadonlyMap<string, string | undefined>> {
  const { desk } = carrying;
  const open = new Map<string, string | undefined>();
  for (const key of desk.store.jobs.keys(job.id)) open.set(key, undefined);
  for (let tried = 1; ; tried += 1) {
    try {
      for await (const group of groupsOf(desk.batches.results(batch, desk.hard))) {
        await Promise.all(group.map((result) => take(carrying, { job, batch, open, result })));
        // What comes faster than it is kept would otherwise keep signals and other steps from being heard.
        await setImmediate();
      }
      return open;
    } catch (error) {
      desk.hard.throwIfAborted();
      if (!(error instanceof RequestFailure)) throw error;
      if (error.scope === "stop" || tried === maxAttempts)
        throw new RequestFailure(`the results of ${batch.id} could not be fetched: ${error.message}`, {
          scope: "stop",
          hint: error.hint ?? "run again later: nothing is bought twice",
        });
      await pause(desk, 1_000 * 2 ** tried);
    }
  }
}

async function take(
  { desk, ledger }: Carrying,
  taken: {
    readonly job: BatchJob;
    readonly batch: RemoteBatch;
    readonly open: Map<string, string | undefined>;
    readonly result: BatchResult;
  },
): Promise<void> {
  const { job, batch, open, result } = taken;
  const key = result.id;
  const request = open.has(key) ? desk.store.jobs.request(job.id, key) : undefined;
  // Nothing that was asked for, or told twice.
  if (request === undefined) return;
  if ("answer" in result) {
    open.delete(key);
    // How long a batch took says nothing of the model.
    await desk.keep(key, request, { ...result.answer, latency_ms: null });
    ledger.kept(key);
  } else if (result.again) {
    open.set(key, result.fault);
  } else {
    open.delete(key);
    ledger.failed(key, new RequestFailure(`${batch.id}: ${result.fault}`));
  }
}

async function* groupsOf<T>(items: AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < groupSize) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
