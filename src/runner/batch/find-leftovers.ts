import { RequestFailure } from "../provider.ts";
import type { BatchDesk } from "./desk.ts";
import { leaseName } from "./fill-jobs.ts";

/**
 * Open jobs of an earlier form of this step that can be brought to an end without waiting: nothing was sent of
 * them, or they have ended at the provider, and their answers are paid for. Others go on, and the user is told.
 * @param known jobs that are waited for anyway
 * @returns their ids
 */
export async function findLeftovers(desk: BatchDesk, known: ReadonlySet<string>): Promise<readonly string[]> {
  const { store, batches, scope, hard } = desk;
  const found: string[] = [];
  for (const job of store.jobs.open()) {
    if (job.spec !== scope.spec || job.step !== scope.step || job.model !== scope.model) continue;
    if (known.has(job.id) || isHeld(desk, job.id)) continue;
    if (job.remote === null) {
      if (job.handed === null) found.push(job.id);
      continue;
    }
    try {
      const { state } = await batches.read(job.remote, hard);
      if (state === "ended") found.push(job.id);
      else desk.note(`${job.remote} asks for what this step no longer wants: distill cancel ends it`);
    } catch (error) {
      // It is not needed: its time comes with another run.
      if (!(error instanceof RequestFailure)) throw error;
    }
  }
  return found;
}

/** True where a process carries the job through, be it this one. */
function isHeld({ store }: BatchDesk, id: string): boolean {
  const lease = store.tryLease(leaseName(id));
  lease?.release();
  return lease === undefined;
}
