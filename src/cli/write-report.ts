import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { formatReport } from "../report/report.ts";
import type { Results } from "../report/results.ts";
import type { Plan } from "../runner/plan.ts";
import { writeFileDurably } from "../runner/write-file.ts";

/** One file of a report: the Markdown, or a chart beside it. */
export interface ReportFile {
  /** Absolute. */
  readonly path: string;
  readonly content: string;
}

/** Where the report of a plan stands: beside the spec. */
export function reportPath(plan: Plan): string {
  return `${stemOf(plan)}.report.md`;
}

/** Draws the report and its charts. */
export async function drawReport(plan: Plan, results: Results): Promise<readonly ReportFile[]> {
  const { drawCharts } = await import("../report/charts/draw-charts.ts");
  const charts = await drawCharts(results);
  const folder = chartFolder(plan);
  const named = charts.map(({ name, text, svg }) => ({
    path: join(folder, `${name}.svg`),
    file: `${basename(folder)}/${name}.svg`,
    name,
    text,
    svg,
  }));
  return [
    { path: reportPath(plan), content: formatReport(results, { charts: named }) },
    ...named.map(({ path, svg }) => ({ path, content: svg })),
  ];
}

/** True where the report beside the spec and its charts say what they would say now. */
export function reportFits(plan: Plan, files: readonly ReportFile[]): boolean {
  return (
    files.every(({ path, content }) => existsSync(path) && readFileSync(path, "utf8") === content) &&
    strayCharts(plan, files).length === 0
  );
}

/** Charts beside the spec that the report does not have. */
export function strayCharts(plan: Plan, files: readonly ReportFile[]): readonly string[] {
  const known = new Set(files.map(({ path }) => path));
  return chartsThere(plan).filter((path) => !known.has(path));
}

/** Writes the report beside the spec. @returns false where its files said the same already */
export function writeReport(plan: Plan, files: readonly ReportFile[]): boolean {
  if (reportFits(plan, files)) return false;
  for (const path of strayCharts(plan, files)) rmSync(path);
  // The charts first: a report never shows one that is not there.
  for (const { path, content } of files.toReversed()) {
    mkdirSync(dirname(path), { recursive: true });
    if (!existsSync(path) || readFileSync(path, "utf8") !== content) writeFileDurably(path, content);
  }
  return true;
}

function chartsThere(plan: Plan): readonly string[] {
  const folder = chartFolder(plan);
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(".svg"))
        .map((name) => join(folder, name))
    : [];
}

function chartFolder(plan: Plan): string {
  return `${stemOf(plan)}.report`;
}

function stemOf(plan: Plan): string {
  return plan.spec.file.replace(/\.ya?ml$/i, "");
}
