import { setTimeout as sleep } from "node:timers/promises";
import { type CancelledJob, cancelJob } from "../runner/batch/cancel-job.ts";
import type { BatchJob } from "../runner/batch/job.ts";
import { digestJson, providerIdentity } from "../runner/key.ts";
import { type Models, openModels } from "../runner/models.ts";
import { openBudget } from "../runner/money/budget.ts";
import { RequestFailure } from "../runner/provider.ts";
import { printable } from "../runner/sanitize.ts";
import { specName } from "../runner/spec-name.ts";
import type { Store } from "../runner/store.ts";
import { exit } from "./exit.ts";
import { type KeptPlan, withKept } from "./open-kept.ts";
import type { SpecOptions } from "./open-spec.ts";
import { type AllowFlags, readWorld } from "./permissions.ts";
import { Stop } from "./stop.ts";

/** Flags of `distill cancel`. */
export interface CancelFlags extends SpecOptions, AllowFlags {
  readonly all?: boolean;
  readonly forget?: boolean;
  readonly json?: boolean;
}

/** What became of one job. */
interface Outcome {
  readonly job: BatchJob;
  readonly told: string;
  /** Undefined where it was cancelled. */
  readonly failure: string | undefined;
}

/** `distill cancel`. */
export async function cancel(named: string | undefined, flags: CancelFlags): Promise<void> {
  const outcomes = await withKept(named, flags, (kept) => cancelKept(kept, flags));
  if (flags.json === true) process.stdout.write(`${JSON.stringify({ batches: outcomes.map(asJson) })}\n`);
  else if (outcomes.length === 0) process.stdout.write("no batch is open\n");
  else process.stdout.write(outcomes.map(({ told }) => `${printable(told)}\n`).join(""));
  const failed = outcomes.filter(({ failure }) => failure !== undefined);
  if (failed.length > 0)
    throw new Stop(
      exit.failed,
      `${failed.length} of ${outcomes.length} batches could not be cancelled`,
      "a run that waits for them hands in nothing more; --forget lets go of batches that are gone for good",
    );
}

async function cancelKept(kept: KeptPlan, flags: CancelFlags): Promise<readonly Outcome[]> {
  const { plan, store, contents } = kept;
  const mine = specName(plan.spec);
  const jobs = store?.jobs.open().filter(({ spec }) => flags.all === true || spec === mine) ?? [];
  if (store === undefined || jobs.length === 0) return [];
  if (flags.forget === true) return jobs.map((job) => forget(store, job));

  const world = readWorld(plan.spec.root, flags, process.env);
  const { signal } = new AbortController();
  const budget = openBudget({ maxUsd: undefined });
  const models = openModels({ plan, store, contents, world, budget, signal });
  const outcomes: Outcome[] = [];
  try {
    for (const job of jobs) {
      const provider = [...plan.spec.providers.keys()].find(
        (name) => digestJson(providerIdentity(plan, name, contents)) === digestJson(job.provider),
      );
      outcomes.push(await cancelOne({ store, models, provider, signal }, job));
    }
  } finally {
    await models.close();
  }
  return outcomes;
}

async function cancelOne(
  options: {
    readonly store: Store;
    readonly models: Models;
    /** The name of the job's provider in this spec. */
    readonly provider: string | undefined;
    readonly signal: AbortSignal;
  },
  job: BatchJob,
): Promise<Outcome> {
  const { store, models, provider, signal } = options;
  const fail = (failure: string): Outcome => ({
    job,
    told: `${nameOf(job)} could not be cancelled: ${failure}`,
    failure,
  });
  if (provider === undefined) return fail(`it is of ${job.spec}, and this spec has no such provider`);
  try {
    const { batches } = await models.connect(provider);
    if (batches === undefined) return fail(`provider "${provider}" takes no batches`);
    const pause = (ms: number) => sleep(ms).then(() => {});
    const desk = { store, batches, now: Date.now, sleep: pause, stop: signal, hard: signal };
    return { job, told: describe(job, await cancelJob(desk, job)), failure: undefined };
  } catch (error) {
    if (!(error instanceof RequestFailure)) throw error;
    return fail(error.message);
  }
}

function forget(store: Store, job: BatchJob): Outcome {
  store.jobs.end(job.id, "cancelled");
  return { job, told: `${nameOf(job)} is forgotten: what it answers is not fetched`, failure: undefined };
}

function describe(job: BatchJob, { batch }: CancelledJob): string {
  if (batch === undefined) return `${nameOf(job)} is cancelled by the run that is handing it in`;
  if (batch === "never created") return `${nameOf(job)} had not been handed in`;
  const { completed } = batch.counts;
  const done = `${completed.toLocaleString("en-US")} of ${job.requests.toLocaleString("en-US")} answered`;
  if (batch.state === "ended" && batch.status !== "cancelled")
    return `${batch.id} of ${job.step} had ended: the next run that wants its answers fetches them`;
  return `cancelled ${batch.id} of ${job.step}, ${done}: the run that waits or the next one keeps them`;
}

function nameOf(job: BatchJob): string {
  return job.remote === null ? `the batch of ${job.step}` : `${job.remote} of ${job.step}`;
}

function asJson({ job, failure }: Outcome): unknown {
  const { id, remote, spec, step, model, requests } = job;
  return {
    id,
    remote,
    spec,
    step,
    model,
    requests,
    cancelled: failure === undefined,
    failure: failure ?? null,
  };
}
