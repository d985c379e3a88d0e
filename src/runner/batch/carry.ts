import { type RemoteBatch, RequestFailure } from "../provider.ts";
import type { Lease } from "../store.ts";
import type { Carrying } from "./carrying.ts";
import { collectResults } from "./collect-results.ts";
import { pause } from "./desk.ts";
import { leaseName, newJobId } from "./fill-jobs.ts";
import { handIn } from "./hand-in.ts";
import type { BatchJob, JobOutcome, Successor } from "./job.ts";
import { untilEnded } from "./until-ended.ts";

/** How often somebody else's work at a job is looked at. */
const glanceMs = 1_000;

/** A file that is refused for now is halved, but not below this many requests. */
const fewest = 20;

/** How long a file that is refused for now waits: at first, and at most. */
const setbackMs = { first: 60_000, most: 600_000 };

/** Carries a job through to its end, whoever began it; where another process does so, waits for that. */
export async function carryThrough(carrying: Carrying, id: string): Promise<void> {
  const held = await hold(carrying, id);
  if (held === undefined) return;
  try {
    // It was cancelled before this run began, which wants the rest anew.
    const anew = held.job.cancelled;
    const batch = await handIn(carrying, held.job);
    if (batch !== undefined) await carry(carrying, held.job, batch, { anew });
  } finally {
    held.lease.release();
  }
}

async function hold(
  { desk, ledger }: Carrying,
  id: string,
): Promise<{ readonly job: BatchJob; readonly lease: Lease } | undefined> {
  for (;;) {
    const lease = desk.store.tryLease(leaseName(id));
    const job = desk.store.jobs.read(id);
    if (job === undefined || job.outcome !== null) {
      lease?.release();
      return undefined;
    }
    if (lease !== undefined) return { job, lease };
    ledger.stands(id, job.counts.completed + job.counts.failed, job.requests);
    await pause(desk, glanceMs);
  }
}

/** Waits for a batch, keeps what comes of it, ends its job, and goes on with what is handed in again. */
export async function carry(
  carrying: Carrying,
  job: BatchJob,
  running: RemoteBatch,
  { anew = false, setbacks = 0 }: { readonly anew?: boolean; readonly setbacks?: number } = {},
): Promise<void> {
  const { store } = carrying.desk;
  const batch = await untilEnded(carrying, job, running);
  const open = await collectResults(carrying, job, batch);
  const next = decide(carrying, { job, batch, open, anew });
  const leases = next.successors.map(({ id }) => store.tryLease(leaseName(id)));
  try {
    store.jobs.end(job.id, next.outcome, next.successors);
    carrying.ledger.stands(job.id, job.requests - next.left, job.requests - next.left);
    if (next.refusal !== undefined) throw next.refusal;
    for (const { id } of next.successors) {
      if (batch.again === true)
        await pause(carrying.desk, Math.min(setbackMs.most, setbackMs.first * 2 ** setbacks));
      const successor = store.jobs.read(id);
      // Somebody had it forgotten.
      if (successor === undefined) continue;
      const created = await handIn(carrying, successor);
      if (created !== undefined)
        await carry(carrying, successor, created, { setbacks: batch.again === true ? setbacks + 1 : 0 });
    }
  } finally {
    for (const lease of leases) lease?.release();
  }
}

interface Ended {
  readonly job: BatchJob;
  readonly batch: RemoteBatch;
  /** Requests without answer or failure, with the reason where one was told. */
  readonly open: ReadonlyMap<string, string | undefined>;
  readonly anew: boolean;
}

interface Next {
  readonly outcome: JobOutcome;
  readonly successors: readonly Successor[];
  /** How many requests the successors take over. */
  readonly left: number;
  /** Why nothing of this provider can be handed in. */
  readonly refusal?: RequestFailure;
}

/** What becomes of the requests that a batch left open. */
function decide({ desk, ledger, retries }: Carrying, { job, batch, open, anew }: Ended): Next {
  const keys = [...open.keys()].filter((key) => ledger.wanted.has(key));
  const succeed = (outcome: JobOutcome, round: number, parts: readonly (readonly string[])[]): Next => ({
    outcome,
    successors: parts
      .filter((part) => part.length > 0)
      .map((part) => ({ id: newJobId(), round, created: desk.now(), keys: part })),
    left: keys.length,
  });

  const over = ledger.stopped !== undefined;
  if (batch.refusal !== undefined && batch.again === true && !over) {
    desk.note(`${batch.id} was refused for now, and is handed in again later: ${batch.refusal}`);
    return succeed("refused", job.round, keys.length < 2 * fewest ? [keys] : halve(keys));
  }
  if (batch.refusal !== undefined) {
    const refusal = new RequestFailure(`the provider refused ${batch.id}: ${batch.refusal}`, {
      scope: "stop",
    });
    return { outcome: "refused", successors: [], left: 0, ...(keys.length === 0 ? {} : { refusal }) };
  }
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
  return { outcome, successors: [], left: 0 };
}

function halve(keys: readonly string[]): readonly (readonly string[])[] {
  const middle = Math.ceil(keys.length / 2);
  return [keys.slice(0, middle), keys.slice(middle)];
}
