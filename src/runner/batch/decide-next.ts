import { type RemoteBatch, RequestFailure } from "../provider.ts";
import type { Carrying } from "./carrying.ts";
import { countOf } from "./count-of.ts";
import { newJobId } from "./fill-jobs.ts";
import type { BatchJob, JobOutcome, Successor } from "./job.ts";

/** A batch that has ended, and what is left of it. */
export interface Ended {
  readonly job: BatchJob;
  readonly batch: RemoteBatch;
  /** Requests without answer or failure, with the reason where one was told. */
  readonly open: ReadonlyMap<string, string | undefined>;
  /** True where it was cancelled before this run began, which wants the rest anew. */
  readonly anew: boolean;
  readonly setback: Setback;
}

/** How often requests were refused for now, one file after the other. */
export interface Setback {
  readonly times: number;
  /** The same of files that are not halved any more, and since when, milliseconds since the epoch. */
  readonly smallest: { readonly times: number; readonly since: number } | undefined;
}

/** Nothing was refused. */
export const noSetback: Setback = { times: 0, smallest: undefined };

/** What becomes of the requests that a batch left open. */
export interface Next {
  readonly outcome: JobOutcome;
  readonly successors: readonly Successor[];
  /** How many requests the successors take over. */
  readonly left: number;
  readonly setback: Setback;
  /** Why nothing of this provider can be handed in. */
  readonly refusal?: RequestFailure;
}

/** A file that is refused for now is halved, but not below this many requests. */
const fewest = 20;

/** So often, and for so long, the smallest file is refused before nobody believes any more that it will be taken. */
const patience = { times: 3, ms: 30 * 60_000 };

/** No batch takes longer, milliseconds. */
const longestMs = 25 * 60 * 60_000;

/** Decides what becomes of the requests that a batch left open, and tells the failures of those that are given up. */
export function decideNext({ desk, ledger, retries }: Carrying, ended: Ended): Next {
  const { job, batch, open, anew } = ended;
  const keys = [...open.keys()].filter((key) => ledger.wanted.has(key));
  const succeed = (outcome: JobOutcome, round: number, parts: readonly (readonly string[])[]): Next => ({
    outcome,
    successors: parts
      .filter((part) => part.length > 0)
      .map((part) => ({ id: newJobId(), round, created: desk.now(), keys: part })),
    left: keys.length,
    setback: noSetback,
  });
  const refuse = (refusal: RequestFailure): Next => ({
    outcome: "refused",
    successors: [],
    left: 0,
    setback: noSetback,
    ...(keys.length > 0 && { refusal }),
  });

  const over = ledger.stopped !== undefined;
  if (batch.refusal !== undefined && batch.again === true && !over) {
    const halves = keys.length >= 2 * fewest;
    const setback = addSetback(ended.setback, halves, desk.now());
    const { smallest } = setback;
    if (smallest !== undefined && isLongEnough(smallest, desk.now()) && !hasOthers(desk, job))
      return refuse(
        new RequestFailure(
          `the provider refused ${countOf(keys.length, "request")} ${smallest.times} times in ${Math.round((desk.now() - smallest.since) / 60_000)} minutes, though nothing else of this project waits there: ${batch.refusal}`,
          {
            scope: "stop",
            hint: "others of the account may fill its queue: run again later, raise its limit, or take mode: batch out",
          },
        ),
      );
    desk.note(`${batch.id} was refused for now, and is handed in again later: ${batch.refusal}`);
    return { ...succeed("refused", job.round, halves ? halve(keys) : [keys]), setback };
  }
  if (batch.refusal !== undefined)
    return refuse(
      new RequestFailure(`the provider refused ${batch.id}: ${batch.refusal}`, { scope: "stop" }),
    );
  const cancelled = batch.status === "cancelled" || desk.store.jobs.read(job.id)?.cancelled === true;
  const outcome = cancelled ? "cancelled" : "kept";
  if (cancelled && anew) return succeed(outcome, 1, [keys]);
  if (!cancelled && !over && job.round <= retries) return succeed(outcome, job.round + 1, [keys]);
  for (const key of keys) {
    const reason = open.get(key) ?? `${batch.id} is ${batch.status}, without an answer to it`;
    ledger.failed(
      key,
      cancelled
        ? new RequestFailure(`${batch.id} was cancelled`, {
            scope: "stop",
            hint: "distill run hands in what is missing",
          })
        : new RequestFailure(job.round === 1 ? reason : `${reason} (${job.round} batches)`),
    );
  }
  return { outcome, successors: [], left: 0, setback: noSetback };
}

function addSetback({ times, smallest }: Setback, halves: boolean, now: number): Setback {
  return {
    times: times + 1,
    smallest: halves ? undefined : { times: (smallest?.times ?? 0) + 1, since: smallest?.since ?? now },
  };
}

function isLongEnough({ times, since }: { readonly times: number; readonly since: number }, now: number) {
  return times >= patience.times && now - since >= patience.ms;
}

/** True where another batch of this store fills the provider's queue, so that there will be room when it ends. */
function hasOthers({ store, now }: Carrying["desk"], job: BatchJob): boolean {
  const provider = JSON.stringify(job.provider);
  return store.jobs
    .open()
    .some(
      ({ id, provider: other, remote, handed }) =>
        id !== job.id &&
        remote !== null &&
        handed !== null &&
        now() - handed < longestMs &&
        JSON.stringify(other) === provider,
    );
}

function halve(keys: readonly string[]): readonly (readonly string[])[] {
  const middle = Math.ceil(keys.length / 2);
  return [keys.slice(0, middle), keys.slice(middle)];
}
