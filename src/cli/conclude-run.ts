import { formatClosing } from "../report/closing-lines.ts";
import { readResults } from "../report/read-results.ts";
import { formatResultTable } from "../report/result-table.ts";
import type { Plan } from "../runner/plan.ts";
import { shownPath } from "../runner/project.ts";
import { paint } from "../runner/reporters/text-layout.ts";
import { type FinishedRun, lockPath } from "../runner/run.ts";
import { printable } from "../runner/sanitize.ts";
import { usesColor } from "./open-spec.ts";
import { reportPath, writeReport } from "./write-report.ts";

/** Writes the report of a run that is complete, and tells what the run found. */
export function concludeRun(options: {
  readonly plan: Plan;
  readonly finished: FinishedRun;
  readonly flags: { readonly only?: string; readonly frozen?: boolean; readonly json?: boolean };
}): void {
  const { plan, finished, flags } = options;
  const { contents, lockText, lockUnchanged } = finished;
  const writes = lockText !== undefined && flags.frozen !== true && flags.only === undefined;
  const results = readResults(plan, contents);
  const wrote = [
    ...(writes && !lockUnchanged ? [lockPath(plan)] : []),
    ...(writes && writeReport(plan, results) ? [reportPath(plan)] : []),
  ];
  for (const { error } of finished.outcomes)
    if (error !== undefined)
      process.stderr.write(
        `\ndistill has a fault of its own; please report it with this:\n${stackOf(error)}\n`,
      );
  if (flags.json === true) return;

  const table = formatResultTable(results, paint(usesColor(process.stdout)));
  const closing = formatClosing({
    result: finished.result,
    // Since the process began: what the user waited for.
    seconds: performance.now() / 1000,
    spec: plan.spec.document.file,
    complete: lockText !== undefined,
    wrote: wrote.map((path) => shownPath(path, process.cwd())),
    mode: flags.only !== undefined ? "only" : flags.frozen === true ? "frozen" : "whole",
  });
  process.stdout.write(`\n${table}${table === "" ? "" : "\n"}${closing}`);
}

function stackOf(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return text.split("\n").map(printable).join("\n");
}
