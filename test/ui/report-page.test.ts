import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { HtmlReport } from "../../src/report/html/data.ts";
import { openBrowser } from "../support/browser.ts";
import { makeReport } from "./made-report.ts";
import { measureContrast } from "./measure-contrast.ts";
import { writePage } from "./write-page.ts";

const open = openBrowser();
const looks = [
  { width: 1280, dark: false },
  { width: 1280, dark: true },
  { width: 390, dark: false },
  { width: 390, dark: true },
];

/** Waits until the page tells that so many items are shown. */
async function waitForCount(page: Page, told: string): Promise<void> {
  await page.getByRole("status").getByText(told, { exact: true }).waitFor();
}

test("the page opens from a file, asks for nothing, complains of nothing, and tells the verdict first", async () => {
  const { page, requests, complaints } = await open(writePage(makeReport(40)));
  expect(await page.title()).toBe("helpdesk-router · distill");
  expect(await page.getByRole("heading", { level: 1 }).textContent()).toContain("Fail");
  expect(await page.locator(".gates li").allTextContents()).toHaveLength(3);
  expect(await page.locator("h2").allTextContents()).toEqual([
    "Comparison correct, 600 test items",
    "Differences correct, 600 test items",
    "Selection select: 1,612 of 1,880 rows kept, of 1,612 items",
    "Who is taken for what correct, 600 test items",
    "Cascade routed: student, then teacher",
    "Slices correct by department",
    "Looks at the test rows ",
    "What ran ",
    "Items ",
  ]);
  expect({ requests, complaints }).toEqual({ requests: [], complaints: [] });
});

test("a part of the items that is small is marked, and the looks at the test rows are told with their price", async () => {
  const { page } = await open(writePage(makeReport(2)));
  const rows = await page.locator("#slices tbody tr").allTextContents();
  expect(rows).toEqual([
    "Finance 41297.8 % 96.3 … 98.741.3 % 37.5 … 45.374.2 % 70.5 … 77.597.2 % 95.5 … 98.2",
    "Legal▲few items: 21–41.3 % 37.5 … 45.374.2 % 70.5 … 77.597.2 % 95.5 … 98.2",
  ]);
  expect(await page.locator("#looks li").textContent()).toBe(
    "test was looked at 2 times: each gate is judged at 0.0083.",
  );
});

test("every drawing says its figures in words", async () => {
  const { page } = await open(writePage(makeReport(2)));
  const told = await page
    .getByRole("img")
    .evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));
  expect(told).toMatchInlineSnapshot(`
    [
      "97.8 %, 96.3 … 98.7",
      "41.3 %, 37.5 … 45.3; teacher 97.8 %",
      "74.2 %, 70.5 … 77.5; teacher 97.8 %",
      "97.2 %, 95.5 … 98.2; teacher 97.8 %",
      "−56.5 points, −61.0 … −52.0",
      "−23.6 points, −27.2 … −20.1",
      "−0.7 points, −1.9 … +0.4",
      "+32.8 points, +29.0 … +37.0",
      "+55.8 points, +51.0 … +60.0",
      "100.0 % of the rows left",
      "100.0 % of the rows left",
      "87.2 % of the rows left; 12.8 % dropped here",
      "86.2 % of the rows left; 1.0 % dropped here",
      "85.7 % of the rows left; 0.4 % dropped here",
      "Share of the items that it answers itself: 100.0 % at 0, 1.3 % at 0.99, 31.0 % at 0.82, which was chosen.",
      "Share of the items that are lost: 23.7 % at 0, 0.0 % at 0.99, 1.0 % at 0.82, which was chosen; the promise is 3.0 %.",
      "Share that passes, by the share that is sent to teacher: 74.0 % with nothing sent, 98.0 % with everything; APGR 0.72, with all known beforehand 0.88, by lot 0.50.",
    ]
  `);
});

test.each(looks)(
  "nothing is wider than the page, and every text is readable: %o",
  async ({ width, dark }) => {
    const { page } = await open(writePage(makeReport(40)), { width, dark });
    for (const look of ["the page", "an item"]) {
      expect(await page.evaluate(() => document.documentElement.scrollWidth), look).toBe(width);
      const texts = await measureContrast(page);
      expect(texts.length).toBeGreaterThan(200);
      expect(texts.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
      if (look === "the page") await page.locator(".rows .row").first().click();
    }
  },
);

test("long names without spaces stay within the page", async () => {
  const report = makeReport(3);
  const long = "x".repeat(300);
  const renamed = JSON.parse(JSON.stringify(report).replaceAll('"student"', `"${long}"`)) as HtmlReport;
  const { page } = await open(writePage(renamed), { width: 390 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await page.locator(".rows .row").first().click();
  expect(await page.evaluate(() => document.querySelector(".item .body")!.scrollWidth)).toBe(
    await page.evaluate(() => document.querySelector(".item .body")!.clientWidth),
  );
});

test("a keyboard is enough: to the items, along them, into one, to the next, and back", async () => {
  const { page } = await open(writePage(makeReport(200)));
  const focused = () =>
    page.evaluate(() => document.activeElement?.getAttribute("role") ?? document.activeElement?.tagName);
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain("Skip to the items");
  await page.keyboard.press("Enter");
  for (let presses = 0; presses < 12 && (await focused()) !== "grid"; presses++)
    await page.keyboard.press("Tab");
  expect(await focused()).toBe("grid");
  for (const key of ["ArrowDown", "ArrowDown", "ArrowUp"]) await page.keyboard.press(key);
  const grid = page.getByRole("grid");
  const activeRow = () =>
    grid.evaluate((one) => document.getElementById(one.getAttribute("aria-activedescendant")!)!.textContent);
  expect(await activeRow()).toContain("t00002");
  expect(await page.locator('[aria-selected="true"]').count()).toBe(1);
  await page.keyboard.press("End");
  expect(await activeRow()).toContain("t00200");
  await page.keyboard.press("PageUp");
  expect(await activeRow()).not.toContain("t00200");
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  expect(await dialog.getByRole("heading", { level: 2 }).textContent()).toBe("t00001");
  await page.keyboard.press("ArrowRight");
  expect(await dialog.getByRole("heading", { level: 2 }).textContent()).toBe("t00002");
  await page.keyboard.press("Escape");
  expect(await dialog.count()).toBe(0);
  expect(await focused()).toBe("grid");
  expect(await activeRow()).toContain("t00002");
});

test("where the keyboard is can be seen, on every thing that it reaches", async () => {
  const { page } = await open(writePage(makeReport(5)));
  const unseen: string[] = [];
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press("Tab");
    const seen = await page.evaluate(() => {
      const one = document.activeElement!;
      if (one === document.body) return true;
      return getComputedStyle(one).outlineStyle !== "none" || `${one.tagName} ${one.className}`;
    });
    if (typeof seen === "string") unseen.push(seen);
  }
  expect(unseen).toEqual([]);
});

test("an item shows what was asked and every model's answer with its grade", async () => {
  const { page } = await open(writePage(makeReport(5)));
  await page.locator(".rows .row").nth(3).click();
  const dialog = page.getByRole("dialog");
  expect(await dialog.locator("summary").allTextContents()).toEqual([
    "system · the same for every item",
    "user",
  ]);
  expect(await dialog.locator(".message pre").nth(1).textContent()).toMatch(/^Ticket 4: /);
  expect(await dialog.locator(".facts div").allTextContents()).toEqual(["departmentFinance", "sourcechat"]);
  expect(await dialog.locator("h4").allTextContents()).toEqual(["teacher", "before", "student", "routed"]);
  expect(await dialog.locator(".answer pre").first().textContent()).toMatch(/^\{\n {2}"team": "network",\n/);
  expect(await dialog.locator(".grade").first().textContent()).toMatch(/correct network$/);
});

test("words are searched for in id, prompt, answers and metadata, but not in what all prompts share", async () => {
  const { page } = await open(writePage(makeReport(1200)));
  const search = page.getByRole("searchbox");
  for (const [query, told] of [
    ["t00777", "1 of 1,200 items"],
    ["ticket 1200:", "1 of 1,200 items"],
    ["source=mail", "240 of 1,200 items"],
    ["department=legal SOURCE=mail", "80 of 1,200 items"],
    ["route the one team", "0 of 1,200 items"],
    ["", "1,200 of 1,200 items"],
  ] as const) {
    await search.fill(query);
    await waitForCount(page, told);
  }
});

test("items are filtered by who was wrong, who differ, label and slice, all at once", async () => {
  const report = makeReport(300);
  const { page } = await open(writePage(report));
  const passed = (model: string) =>
    report.items[0]!.items.map(
      ({ answers }) => answers.find((answer) => answer.model === model)!.grades.correct!.passed,
    );
  const [student, before] = [passed("student"), passed("before")];
  const count = (test: (at: number) => boolean) => student.filter((_, at) => test(at)).length;

  await page.locator("#items").getByLabel("outcome").selectOption("wrong by student");
  await waitForCount(page, `${count((at) => !student[at])} of 300 items`);
  await page.locator("#items").getByLabel("outcome").selectOption("before and student differ");
  await waitForCount(page, `${count((at) => student[at] !== before[at])} of 300 items`);
  await page.locator("#items").getByLabel("expected").selectOption("network");
  await page.locator("#items").getByLabel("department").selectOption("Legal");
  const expected = count((at) => student[at] !== before[at] && at % 2 === 1 && at % 3 === 2);
  expect(expected).toBeGreaterThan(0);
  await waitForCount(page, `${expected} of 300 items`);
  expect(await page.locator(".rows .row").first().textContent()).toContain("network");
});

test("a cell of the confusion matrix shows its items, until they are all asked for again", async () => {
  const report = makeReport(300);
  const { page } = await open(writePage(report));
  const wrong = report.items[0]!.items.filter(({ answers }) => {
    const { expected, label } = answers.find(({ model }) => model === "student")!.grades.correct!;
    return expected === "hardware" && label === "network";
  });
  await page.locator("#confusion select").selectOption("student");
  await page.getByRole("button", { name: /expected hardware, answered network/ }).click();
  await waitForCount(page, `${wrong.length} of 300 items`);
  expect(await page.locator(".rows .row").first().textContent()).toContain(wrong[0]!.id);
  await page.getByRole("button", { name: /student: hardware taken for network/ }).click();
  await waitForCount(page, "300 of 300 items");
});

test("20,000 items open, and the last of them is there", async () => {
  const { page, complaints } = await open(writePage(makeReport(20_000)));
  const grid = page.getByRole("grid");
  await grid.press("End");
  await page.getByText("t20000").waitFor();
  // Only what is in sight is in the document.
  expect(await page.locator(".rows .row").count()).toBeLessThan(60);
  await grid.press("Enter");
  expect(await page.getByRole("dialog").locator(".message pre").nth(1).textContent()).toMatch(
    /^Ticket 20000: /,
  );
  expect(complaints).toEqual([]);
});

test("results without items, exams or anything else are still a page", async () => {
  const { results } = makeReport(0);
  const empty = {
    ...results,
    verdict: null,
    exams: [],
    selections: [],
    cascades: [],
    sources: [],
    answerers: [],
    looks: [],
  };
  const { page, complaints } = await open(writePage({ results: empty, items: [] }));
  expect(await page.getByRole("heading", { level: 1 }).textContent()).toContain("No verdict");
  expect(await page.locator("h2").allTextContents()).toEqual(["What ran "]);
  expect(complaints).toEqual([]);
});
