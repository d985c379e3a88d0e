import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { collectItems } from "../report/html/collect-items.ts";
import { type PageAssets, renderPage } from "../report/html/render-page.ts";
import type { Results } from "../report/results.ts";
import type { PlanContents } from "../runner/contents.ts";
import type { Plan } from "../runner/plan.ts";
import type { Store } from "../runner/store.ts";
import { writeFileDurably } from "../runner/write-file.ts";

/** What the build made of src/ui; both this file and the chunk that it is bundled into lie two folders below the package. */
const assets = fileURLToPath(new URL("../../dist/ui/", import.meta.url));

/** More items of one evaluation than this make a page that no browser likes; it says how many it leaves out. */
const maxItems = 50_000;

/** What a page is made of, and where to. */
export interface HtmlReportOptions {
  readonly plan: Plan;
  readonly contents: PlanContents;
  readonly store: Pick<Store, "open">;
  readonly results: Results;
  /** The file to write, as the user names it; in the store's folder where it is left out. */
  readonly file?: string | undefined;
}

/** Writes the page that holds the rows' texts. @returns its absolute path, and false where it said the same already */
export async function writeHtmlReport(
  options: HtmlReportOptions,
): Promise<{ readonly path: string; readonly written: boolean }> {
  const { plan, contents, store, results } = options;
  const path = options.file === undefined ? htmlReportPath(plan) : resolve(options.file);
  const items = await collectItems(plan, contents, store, { maxItems });
  const page = renderPage({ results, items }, readAssets());
  if (existsSync(path) && readFileSync(path, "utf8") === page) return { path, written: false };
  mkdirSync(dirname(path), { recursive: true });
  writeFileDurably(path, page);
  return { path, written: true };
}

/** Where the page of a plan stands unless it is asked for elsewhere: in the store's folder, which git does not see. */
function htmlReportPath({ spec }: Plan): string {
  const name = relative(spec.root, spec.file).replace(/\.ya?ml$/i, "");
  return join(spec.root, ".distill/reports", `${name}.html`);
}

/** What the page runs and looks like, as the build made it. */
export function readAssets(): PageAssets {
  const read = (name: string) => readFileSync(join(assets, name), "utf8");
  return { script: read("report.js"), style: read("style.css") };
}
