import type { RunRecord } from "../store.ts";
import type { Runs } from "./runs.ts";

/** What the newest runs of all specs need. */
export interface KeptByRuns {
  /** Keys of the steps that they ran or found kept. */
  readonly steps: ReadonlySet<string>;
  /** When the first run began after which its spec has not been done: what came since belongs to what goes on. Milliseconds since the epoch. */
  readonly since: number;
}

/** So many runs of a spec are looked at: the newest may be one of a single step. */
const RUNS = 20;

/** Finds what a next run of any spec would reuse: the newest output of every step, and all that an unfinished run left. */
export function keptByRuns(runs: Pick<Runs, "specs" | "of">): KeptByRuns {
  const steps = new Set<string>();
  let since = Number.POSITIVE_INFINITY;
  for (const spec of runs.specs()) {
    const known = new Set<string>();
    let count = 0;
    let open = true;
    for (const run of runs.of(spec)) {
      open &&= !isDone(run);
      if (open) since = Math.min(since, run.started);
      if (count < RUNS)
        for (const { id, key, status } of run.steps) {
          if (key === null || known.has(id) || (status !== "ran" && status !== "cached")) continue;
          known.add(id);
          steps.add(key);
        }
      count += 1;
      if (!open && count >= RUNS) break;
    }
  }
  return { steps, since };
}

function isDone({ finished, steps }: RunRecord): boolean {
  return finished !== null && steps.every(({ status }) => status !== "failed" && status !== "incomplete");
}
