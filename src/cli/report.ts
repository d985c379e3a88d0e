import { readResults } from "../report/read-results.ts";
import { shownPath } from "../runner/project.ts";
import { exit } from "./exit.ts";
import { withKept } from "./open-kept.ts";
import type { SpecOptions } from "./open-spec.ts";
import { Stop } from "./stop.ts";
import { drawReport, reportPath, writeReport } from "./write-report.ts";

/** `distill report`. */
export async function report(
  named: string | undefined,
  options: SpecOptions & { readonly write?: boolean; readonly html?: string | true; readonly json?: boolean },
): Promise<void> {
  await withKept(named, options, async ({ plan, store, contents }) => {
    const results = readResults(plan, contents);
    if (options.json === true) process.stdout.write(`${JSON.stringify(results)}\n`);
    else if (options.write !== true && options.html === undefined)
      process.stdout.write((await drawReport(plan, results))[0]!.content);
    const { file } = plan.spec.document;
    const missing = plan.nodes.filter(
      ({ id, step }) => contents.manifest(id) === undefined && step.requires.length === 0,
    );
    if (missing.length > 0)
      throw new Stop(
        exit.failed,
        `not in the store, as the spec stands: ${missing.map(({ id }) => id).join(", ")}`,
        `distill run ${file} brings them; no report is written without them`,
      );
    if (options.html !== undefined) {
      const { writeHtmlReport } = await import("./report-html.ts");
      const file = typeof options.html === "string" ? options.html : undefined;
      const { path: written } = await writeHtmlReport({ plan, contents, store: store!, results, file });
      process.stderr.write(`Wrote ${shownPath(written, process.cwd())}: it holds texts of rows\n`);
    }
    if (options.write !== true) return;
    const path = shownPath(reportPath(plan), process.cwd());
    process.stderr.write(
      writeReport(plan, await drawReport(plan, results))
        ? `Wrote ${path}\n`
        : `${path} says the same already\n`,
    );
  });
}
