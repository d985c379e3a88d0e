import { hash } from "node:crypto";
import { existsSync } from "node:fs";
import { formatClosing } from "../report/closing-lines.ts";
import { readResults } from "../report/read-results.ts";
import { formatResultTable } from "../report/result-table.ts";
import type { Results } from "../report/results.ts";
import type { Plan } from "../runner/plan.ts";
import { shownPath } from "../runner/project.ts";
import { paint } from "../runner/reporters/text-layout.ts";
import { evidencePath, type FinishedRun, lockPath } from "../runner/run.ts";
import { printable } from "../runner/sanitize.ts";
import type { Store } from "../runner/store.ts";
import { terminalWidth, wrapWords } from "./fit-line.ts";
import { usesColor } from "./open-spec.ts";
import { drawReport, reportFits, reportPath, writeReport } from "./write-report.ts";

/**
 * Writes the report of a run that is complete, and tells what the run found.
 * @returns whether the report beside the spec says what it should, now that all is written
 */
export async function concludeRun(options: {
  readonly plan: Plan;
  readonly store: Store;
  readonly finished: FinishedRun;
  readonly flags: {
    readonly only?: string;
    readonly frozen?: boolean;
    readonly sample?: string;
    readonly replay?: string;
    readonly json?: boolean;
  };
}): Promise<{ readonly reportFits: boolean }> {
  const { plan, store, finished, flags } = options;
  const { contents, lockText, lockUnchanged, evidenceUnchanged } = finished;
  const writes = lockText !== undefined && flags.frozen !== true && flags.only === undefined;
  const results = readResults(plan, contents);
  const report = await renewReport({ plan, store, results, lockText, writes });
  const wrote = [
    ...(writes && !lockUnchanged ? [lockPath(plan)] : []),
    ...(writes && !evidenceUnchanged ? [evidencePath(plan)] : []),
    ...(report.wrote ? [reportPath(plan)] : []),
  ];
  for (const { error } of finished.outcomes)
    if (error !== undefined)
      process.stderr.write(
        `\ndistill has a fault of its own; please report it with this:\n${stackOf(error)}\n`,
      );
  if (flags.json === true) return { reportFits: report.fits };

  const table = formatResultTable(results, paint(usesColor(process.stdout)));
  const closing = formatClosing({
    result: finished.result,
    // Since the process began: what the user waited for.
    seconds: performance.now() / 1000,
    spec: againAs(plan, finished, flags),
    complete: lockText !== undefined,
    wrote: wrote.map((path) => shownPath(path, process.cwd())),
    mode: modeOf(finished, flags),
  });
  const about = table === "" ? "" : describeSpec(plan);
  process.stdout.write(`\n${about}${table}${table === "" ? "" : "\n"}${closing}`);
  return { reportFits: report.fits };
}

type Flags = Parameters<typeof concludeRun>[0]["flags"];

/** The spec with those flags without which the run would not go on, but ask for something else. */
function againAs({ spec }: Plan, finished: FinishedRun, { sample, replay }: Flags): string {
  const { file } = spec.document;
  if (finished.lockText !== undefined || (sample !== undefined && isSampled(finished))) return file;
  if (replay !== undefined) return `${file} --replay ${replay}`;
  return sample === undefined ? file : `${file} --sample ${sample}`;
}

function modeOf(finished: FinishedRun, { only, frozen, sample }: Flags) {
  if (sample !== undefined && isSampled(finished)) return "sample";
  if (only !== undefined) return "only";
  return frozen === true ? "frozen" : "whole";
}

/** True where every answer of the sample came. */
function isSampled({ outcomes }: FinishedRun): boolean {
  return outcomes.every(({ status, cause }) => status !== "incomplete" || cause === "sampled");
}

/**
 * Draws and writes the report where that is wanted. Drawing charts takes longer than all else of a run that finds
 * everything kept, so what was drawn from this lock, by this very build, is remembered by its content.
 */
async function renewReport(options: {
  readonly plan: Plan;
  readonly store: Store;
  readonly results: Results;
  readonly lockText: string | undefined;
  readonly writes: boolean;
}): Promise<{ readonly wrote: boolean; readonly fits: boolean }> {
  const { plan, store, results, lockText, writes } = options;
  if (lockText === undefined) return { wrote: false, fits: false };
  const key = hash("sha256", `${await store.digestFile(import.meta.filename)} ${plan.spec.file} ${lockText}`);
  const drawn = store.recall("report", key) as { readonly [path: string]: string } | undefined;
  const stands = async ([path, digest]: readonly [string, string]) =>
    existsSync(path) && (await store.digestFile(path)) === digest;
  if (drawn !== undefined && (await Promise.all(Object.entries(drawn).map(stands))).every(Boolean))
    return { wrote: false, fits: true };
  const files = await drawReport(plan, results);
  const wrote = writes && writeReport(plan, files);
  const fits = wrote || reportFits(plan, files);
  if (fits)
    store.remember(
      "report",
      key,
      Object.fromEntries(files.map(({ path, content }) => [path, hash("sha256", content)])),
    );
  return { wrote, fits };
}

/** What the author says of the figures that follow. */
function describeSpec({ spec }: Plan): string {
  if (spec.description === undefined) return "";
  return `${wrapWords(printable(spec.description), terminalWidth).join("\n")}\n\n`;
}

function stackOf(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return text.split("\n").map(printable).join("\n");
}
