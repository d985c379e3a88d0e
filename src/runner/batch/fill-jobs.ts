import { randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { RequestFailure } from "../provider.ts";
import type { Lease } from "../store.ts";
import { type BatchDesk, throwIfEnding } from "./desk.ts";
import type { BatchJob, JobRequest } from "./job.ts";
import type { Ledger } from "./ledger.ts";

/** A job that carries as much as one file holds, held by this process. */
export interface FilledJob {
  readonly job: BatchJob;
  readonly lease: Lease;
}

/** No file is longer, whatever the provider allows: it has to be in memory once. */
const maxBytes = 32 * 1024 * 1024;

/** So many requests are written down in one transaction. */
const pageSize = 200;

/**
 * Writes down requests as jobs, each within the limits of one file. Those that other open jobs carry are left to
 * them, and the jobs' ids added to `others`.
 */
export async function* fillJobs(
  desk: Filling,
  ledger: Ledger,
  others: Set<string>,
): AsyncGenerator<FilledJob> {
  const { limits } = desk.batches;
  const most = { requests: limits.requests, bytes: Math.min(limits.bytes, maxBytes) };
  let file = openFile(desk, others);
  try {
    for await (const one of desk.requests) {
      throwIfEnding(desk);
      if (ledger.wanted.has(one.key)) continue;
      ledger.want(one.key);
      const bytes = measure(desk, one, ledger);
      if (bytes === undefined) {
        desk.placed([one], new Set());
        continue;
      }
      if (!file.holds(bytes, most) || file.waiting() === pageSize) {
        file.write();
        // Rows that come at once would otherwise keep signals and other steps from being heard.
        await setImmediate();
      }
      // What another job carries takes no room: only now it is known whether the file is full.
      if (!file.holds(bytes, most)) {
        const filled = file.give();
        if (filled !== undefined) yield filled;
        file = openFile(desk, others);
      }
      file.add(one, bytes);
    }
    file.write();
    const filled = file.give();
    if (filled !== undefined) yield filled;
  } finally {
    file.discard();
  }
}

/** What files are filled from. */
type Filling = BatchDesk & {
  readonly requests: AsyncIterable<JobRequest>;
  /** Called when it is written down who carries these requests: jobs of this purchase those that are `taken`. */
  placed(requests: readonly JobRequest[], taken: ReadonlySet<string>): void;
};

/** The bytes of a request's line; undefined where it cannot be sent. */
function measure({ batches }: BatchDesk, { key, request }: JobRequest, ledger: Ledger): number | undefined {
  try {
    const bytes = Buffer.byteLength(batches.line(key, request)) + 1;
    if (bytes <= batches.limits.bytes) return bytes;
    ledger.failed(
      key,
      new RequestFailure(`its request has ${bytes} bytes, more than a batch's file may have`),
    );
  } catch (error) {
    if (!(error instanceof RequestFailure) || error.scope === "stop") throw error;
    ledger.failed(key, error);
  }
  return undefined;
}

/** A job on its way to being full. */
function openFile(desk: Filling, others: Set<string>) {
  const { store, scope } = desk;
  let held: { readonly id: string; readonly lease: Lease } | undefined;
  let page: { readonly one: JobRequest; readonly bytes: number }[] = [];
  let pageBytes = 0;
  let requests = 0;
  let bytes = 0;

  function hold(): { readonly id: string; readonly lease: Lease } {
    const id = newJobId();
    // Held before it can be seen: whoever finds a job that nobody holds takes it over.
    const lease = store.tryLease(leaseName(id));
    if (lease === undefined) throw new Error(`somebody holds the new batch ${id}`);
    return { id, lease };
  }

  return {
    waiting: () => page.length,
    holds(more: number, most: { readonly requests: number; readonly bytes: number }): boolean {
      const count = requests + page.length;
      return count === 0 || (count < most.requests && bytes + pageBytes + more <= most.bytes);
    },
    add(one: JobRequest, size: number): void {
      page.push({ one, bytes: size });
      pageBytes += size;
    },
    /** Writes down what waits. */
    write(): void {
      if (page.length === 0) return;
      held ??= hold();
      const added = store.jobs.add(
        { ...scope, id: held.id, created: desk.now() },
        page.map(({ one }) => one),
      );
      for (const other of added.others) others.add(other);
      const taken = new Set(added.taken);
      requests += taken.size;
      for (const { one, bytes: size } of page) if (taken.has(one.key)) bytes += size;
      const ones = page.map(({ one }) => one);
      page = [];
      pageBytes = 0;
      desk.placed(ones, taken);
    },
    /** Hands the job over; undefined where it carries nothing. */
    give(): FilledJob | undefined {
      const job = held === undefined || requests === 0 ? undefined : store.jobs.read(held.id);
      if (held === undefined || job === undefined) return undefined;
      const { lease } = held;
      held = undefined;
      return { job, lease };
    },
    /** Ends a job that nobody took over; nothing of it was sent. */
    discard(): void {
      if (held === undefined) return;
      store.jobs.end(held.id, "never created");
      held.lease.release();
      held = undefined;
    },
  };
}

/** A tag that no other job has. */
export function newJobId(): string {
  return randomBytes(16).toString("hex");
}

/** What whoever carries a job through holds. */
export function leaseName(id: string): string {
  return `batch ${id}`;
}
