import { existsSync, readFileSync } from "node:fs";
import { formatReport } from "../report/report.ts";
import type { Results } from "../report/results.ts";
import type { Plan } from "../runner/plan.ts";
import { writeFileDurably } from "../runner/write-file.ts";

/** Where the report of a plan stands: beside the spec. */
export function reportPath(plan: Plan): string {
  return `${plan.spec.file.replace(/\.ya?ml$/i, "")}.report.md`;
}

/** Writes the report beside the spec. @returns false where the file said the same already */
export function writeReport(plan: Plan, results: Results): boolean {
  const path = reportPath(plan);
  const text = formatReport(results);
  if (existsSync(path) && readFileSync(path, "utf8") === text) return false;
  writeFileDurably(path, text);
  return true;
}
