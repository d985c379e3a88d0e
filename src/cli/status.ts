import { existsSync } from "node:fs";
import type { BatchJob } from "../runner/batch/job.ts";
import { formatLock } from "../runner/format-lock.ts";
import { nameContext } from "../runner/names.ts";
import { evidenceDigests, lockPath, readLockBeside, verdictOf } from "../runner/run.ts";
import { printable } from "../runner/sanitize.ts";
import { specName } from "../runner/spec-name.ts";
import { withKept } from "./open-kept.ts";
import type { SpecOptions } from "./open-spec.ts";

/** `distill status`. */
export async function status(
  named: string | undefined,
  options: SpecOptions & { json?: boolean },
): Promise<void> {
  await withKept(named, options, ({ plan, store, contents, looks, steps }) => {
    const lock = readLockBeside(plan);
    const lastRun = store === undefined ? undefined : [...first(store.runs(specName(plan.spec)))][0];
    const kept = steps.filter((step) => step.action === "reuse").length;
    const verdict = verdictOf(plan, contents);
    const fits =
      lock?.state === "good" &&
      kept === steps.length &&
      lock.lock.text ===
        formatLock(plan, contents, {
          verdict,
          looks: looks.entries(),
          salt: lock.lock.salt,
          evidence: { digest: lock.lock.evidence, steps: evidenceDigests(lock.lock) },
        });
    const batches = store?.jobs.open().filter((job) => job.spec === specName(plan.spec)) ?? [];
    const lockState =
      lock === undefined ? "none" : lock.state !== "good" ? lock.state : fits ? "fits" : "differs";
    if (options.json === true) {
      process.stdout.write(
        `${JSON.stringify({
          name: plan.spec.name,
          verdict,
          lock: lockState,
          last_run: lastRun === undefined ? null : { id: lastRun.id, finished: lastRun.finished !== null },
          batches: batches.map(({ step, remote, requests, counts, created, cancelled }) => ({
            step,
            id: remote,
            requests,
            ...counts,
            created,
            cancelled,
          })),
          steps: steps.map((step) => ({ id: step.id, kept: step.action === "reuse", key: step.key ?? null })),
        })}\n`,
      );
      return;
    }
    const width = Math.max(...steps.map((step) => step.id.length));
    const lines = steps.map((step) => {
      const node = plan.byId.get(step.id)!;
      const facts = step.manifest?.summary.facts;
      const told =
        facts === undefined
          ? undefined
          : node.definition.lines?.(facts, nameContext(plan, contents, node))[0];
      return `  ${step.manifest === undefined ? "·" : "✓"} ${step.id.padEnd(width)}  ${printable(told ?? step.reason)}`;
    });
    process.stdout.write(
      [
        `${plan.spec.name} · ${kept} of ${steps.length} steps kept`,
        "",
        ...lines,
        "",
        `verdict   ${verdict ?? "none yet"}`,
        `lock      ${describeLock(lockState, existsSync(lockPath(plan)))}`,
        `last run  ${lastRun === undefined ? "none" : lastRun.finished === null ? `${lastRun.id}, did not finish` : lastRun.id}`,
        ...batches.map((job) => `batch     ${printable(describeBatch(job))}`),
        "",
      ].join("\n"),
    );
  });
}

/** As it was when it was last looked at: nobody is asked. */
function describeBatch({ step, remote, requests, counts, cancelled }: BatchJob): string {
  const done = `${counts.completed.toLocaleString("en-US")} of ${requests.toLocaleString("en-US")} answered`;
  const state = cancelled ? "cancelled" : "distill run fetches it, distill cancel ends it";
  return `${remote ?? "not handed in yet"}, ${step}: ${done}; ${state}`;
}

function describeLock(state: string, exists: boolean): string {
  if (!exists) return "none yet: distill run writes it";
  if (state === "fits") return "says what is kept";
  if (state === "differs") return "is not of this spec and store: distill run renews it";
  return state === "newer" ? "written by a newer distill: upgrade" : "stale: run again to renew it";
}

function* first<T>(values: Iterable<T>): Generator<T> {
  for (const value of values) {
    yield value;
    return;
  }
}
