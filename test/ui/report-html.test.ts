import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type HtmlReportOptions, writeHtmlReport } from "../../src/cli/report-html.ts";
import { readResults } from "../../src/report/read-results.ts";
import { readContents } from "../../src/runner/contents.ts";
import { forecastSteps } from "../../src/runner/forecast.ts";
import { openStore } from "../../src/runner/store/open-store.ts";
import { greetings } from "../support/greetings.ts";
import { openRig } from "../support/rig.ts";

/** Runs the small project in a folder of its own, and writes its page. */
async function writeOnce(options: Pick<HtmlReportOptions, "file"> = {}) {
  const rig = openRig(greetings);
  onTestFinished(() => rig.close());
  await rig.run();
  const plan = rig.plan();
  const store = openStore(rig.folder);
  onTestFinished(() => store.close());
  const contents = await readContents(plan, (path) => store.digestFile(path));
  forecastSteps({ plan, store, lock: undefined, contents, force: new Set() });
  const write = () =>
    writeHtmlReport({ plan, contents, store, results: readResults(plan, contents), ...options });
  return { folder: rig.folder, written: await write(), write };
}

test("the page is written into the store's folder, which git does not see, and once", async () => {
  const { folder, written, write } = await writeOnce();
  expect(written).toEqual({ path: join(folder, ".distill/reports/spec.html"), written: true });
  expect(readFileSync(join(folder, ".distill/.gitignore"), "utf8")).toBe("*\n");
  expect(await write()).toEqual({ ...written, written: false });
});

test("it is written elsewhere where that is asked for", async () => {
  const rig = openRig({});
  onTestFinished(() => rig.close());
  const file = join(rig.folder, "new/page.html");
  const { folder, written } = await writeOnce({ file });
  expect(written.path).toBe(file);
  expect(existsSync(file)).toBe(true);
  expect(existsSync(join(folder, ".distill/reports"))).toBe(false);
});

test("two folders give the same bytes", async () => {
  const pages = [await writeOnce(), await writeOnce()].map(({ written }) => readFileSync(written.path));
  expect(pages[0]!.equals(pages[1]!)).toBe(true);
});
