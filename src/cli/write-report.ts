import { existsSync, readFileSync } from "node:fs";
import { readResults } from "../report/read-results.ts";
import { formatReport } from "../report/report.ts";
import type { PlanContents } from "../runner/contents.ts";
import type { Plan } from "../runner/plan.ts";
import { writeFileDurably } from "../runner/write-file.ts";

/** Where the report of a plan stands: beside the spec. */
export function reportPath(plan: Plan): string {
  return `${plan.spec.file.replace(/\.ya?ml$/i, "")}.report.md`;
}

/** Writes the report beside the spec. @returns false where the file said the same already */
export function writeReport(plan: Plan, contents: PlanContents): boolean {
  const path = reportPath(plan);
  const text = formatReport(readResults(plan, contents));
  if (existsSync(path) && readFileSync(path, "utf8") === text) return false;
  writeFileDurably(path, text);
  return true;
}
