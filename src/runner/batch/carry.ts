import type { RemoteBatch } from "../provider.ts";
import type { Lease } from "../store.ts";
import type { Carrying } from "./carrying.ts";
import { collectResults } from "./collect-results.ts";
import { decideNext, noSetback, type Setback } from "./decide-next.ts";
import { pause } from "./desk.ts";
import { leaseName } from "./fill-jobs.ts";
import { handIn } from "./hand-in.ts";
import type { BatchJob } from "./job.ts";
import { untilEnded } from "./until-ended.ts";

/** How often somebody else's work at a job is looked at. */
const glanceMs = 1_000;

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
  { anew = false, setback = noSetback }: { readonly anew?: boolean; readonly setback?: Setback } = {},
): Promise<void> {
  const { store } = carrying.desk;
  const batch = await untilEnded(carrying, job, running);
  const open = await collectResults(carrying, job, batch);
  const next = decideNext(carrying, { job, batch, open, anew, setback });
  const leases = next.successors.map(({ id }) => store.tryLease(leaseName(id)));
  try {
    store.jobs.end(job.id, next.outcome, next.successors);
    carrying.ledger.stands(job.id, job.requests - next.left, job.requests - next.left);
    if (next.refusal !== undefined) throw next.refusal;
    for (const { id } of next.successors) {
      if (batch.again === true)
        await pause(carrying.desk, Math.min(setbackMs.most, setbackMs.first * 2 ** setback.times));
      const successor = store.jobs.read(id);
      // Somebody had it forgotten.
      if (successor === undefined) continue;
      const created = await handIn(carrying, successor);
      if (created !== undefined) await carry(carrying, successor, created, { setback: next.setback });
    }
  } finally {
    for (const lease of leases) lease?.release();
  }
}
