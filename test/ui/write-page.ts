import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { readAssets } from "../../src/cli/report-html.ts";
import type { HtmlReport } from "../../src/report/html/data.ts";
import { renderPage } from "../../src/report/html/render-page.ts";

/** Writes a report's page, or any text, as a file that is gone after the test. @returns its path */
export function writePage(report: HtmlReport | string): string {
  const folder = mkdtempSync(join(tmpdir(), "distill-page-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "report.html");
  writeFileSync(file, typeof report === "string" ? report : renderPage(report, readAssets()));
  return file;
}
