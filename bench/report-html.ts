// report.html with many items: seconds from opening to the first row, against a bare page of the same size.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readAssets } from "../src/cli/report-html.ts";
import { renderPage } from "../src/report/html/render-page.ts";
import { launchBrowser } from "../test/support/browser.ts";
import { makeReport } from "../test/ui/made-report.ts";

const rounds = 5;
const most = 3;
const folder = mkdtempSync(join(tmpdir(), "distill-bench-"));
const browser = await launchBrowser();

try {
  for (const count of [1_000, 20_000]) {
    const begun = performance.now();
    const page = renderPage(makeReport(count), readAssets());
    const written = (performance.now() - begun) / 1000;
    const bare = `<!doctype html><p class="row">bare</p><script type="application/json">${"x".repeat(page.length)}</script>`;
    const times = { page: [] as number[], bare: [] as number[], search: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      times.page.push(await open("page.html", page, ".rows .row", times.search));
      times.bare.push(await open("bare.html", bare, ".row"));
    }
    const [own, plain] = [median(times.page), median(times.bare)];
    console.log(
      `${count.toLocaleString("en-US").padStart(6)} items × 4 models, ${(page.length / 1e6).toFixed(1).padStart(5)} MB, written in ${written.toFixed(2)} s`,
    );
    console.log(
      `       first row ${own.toFixed(2)} s   bare page ${plain.toFixed(2)} s   ${(own / plain).toFixed(2)} ×   at most ${most} s: ${own <= most ? "yes" : "NO"}   whole search ${median(times.search).toFixed(2)} s`,
    );
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}

async function open(name: string, text: string, row: string, search?: number[]): Promise<number> {
  const file = join(folder, name);
  writeFileSync(file, text);
  const page = await browser.newPage();
  const begun = performance.now();
  await page.goto(`file://${file}`);
  await page.waitForSelector(row);
  const seconds = (performance.now() - begun) / 1000;
  if (search !== undefined) {
    const asked = performance.now();
    await page.fill("input[type=search]", "no item holds this");
    await page.waitForSelector(".nothing");
    search.push((performance.now() - asked) / 1000);
  }
  await page.close();
  return seconds;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
