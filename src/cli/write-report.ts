import { existsSync, readFileSync } from "node:fs";
import { formatReport } from "../report/report.ts";
import type { Results } from "../report/results.ts";
import type { Plan } from "../runner/plan.ts";
import { writeFileDurably } from "../runner/write-file.ts";

/** Where the report of a plan stands: beside the spec. */
export function reportPath(plan: Plan): string {
  return `${plan.spec.file.replace(/\.ya?ml$/i, "")}.report.md`;
}

/** True where the report beside the spec says what it would say now. */
export function reportFits(plan: Plan, results: Results): boolean {
  const path = reportPath(plan);
  return existsSync(path) && readFileSync(path, "utf8") === formatReport(results);
}

/** Writes the report beside the spec. @returns false where the file said the same already */
export function writeReport(plan: Plan, results: Results): boolean {
  if (reportFits(plan, results)) return false;
  writeFileDurably(reportPath(plan), formatReport(results));
  return true;
}
