import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { HtmlReport } from "../../src/report/html/data.ts";
import { exam, results } from "../report/hand-made.ts";
import { openBrowser } from "../support/browser.ts";
import { makeReport } from "./made-report.ts";
import { writePage } from "./write-page.ts";
import { xssPayloads } from "./xss-payloads.ts";

const open = openBrowser();

/** As many texts as there are payloads, which do no harm. */
const harmless = xssPayloads.map((_, at) => `harmless ${at}`);

test("no text from files or services runs, asks for anything or leaves markup, wherever it stands", async () => {
  expect(new Set(xssPayloads).size).toBeGreaterThanOrEqual(150);
  const seen = [];
  for (const texts of [harmless, xssPayloads]) {
    const { page, requests, complaints, ran } = await open(writePage(reportOf(texts)));
    seen.push(await walkThrough(page));
    expect({ ran, requests, complaints }).toEqual({ ran: [], requests: [], complaints: [] });
    // The texts are there, and not cut off where they turn ugly.
    expect(await page.locator("#confusion option").count()).toBe(texts.length);
    expect(seen.at(-1)!.length).toBeGreaterThan(texts.length);
    await page.close();
  }
  expect(seen[1]).toEqual(seen[0]);
});

test("even without its policy nothing in the page runs", async () => {
  const file = writePage(reportOf(xssPayloads));
  const bare = readFileSync(file, "utf8").replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, "");
  const { page, requests, complaints, ran } = await open(writePage(bare));
  await walkThrough(page);
  expect({ ran, requests, complaints }).toEqual({ ran: [], requests: [], complaints: [] });
  await page.close();
});

test.each([
  "<script>ran(1)</script>",
  "<script src='https://evil.test/x.js'></script>",
  "<img src=x onerror=ran(1)>",
  "<img src='https://evil.test/x.png'>",
  "<link rel=stylesheet href='https://evil.test/x.css'>",
  "<style>body { background: red }</style>",
  "<iframe srcdoc='<script>parent.ran(1)</script>'></iframe>",
  "<object data='https://evil.test/x'></object>",
])("the policy refuses what somebody adds to the page: %s", async (markup) => {
  const file = writePage(makeReport(1));
  const changed = readFileSync(file, "utf8").replace("<body>", `<body>${markup}`);
  const { page, ran, complaints } = await open(writePage(changed));
  await page.waitForSelector("h1");
  expect(ran).toEqual([]);
  expect(complaints.join("\n")).toMatch(/Content Security Policy|ERR_BLOCKED_BY_CSP/);
  await page.close();
});

/** A report with these texts in every place that takes one from files or services. */
function reportOf(texts: readonly string[]): HtmlReport {
  const [model] = exam.models;
  const n = texts.length;
  const cycle = (at: number) => texts[at % n]!;
  return {
    results: {
      ...results,
      name: texts.join(" "),
      exams: [
        {
          ...exam,
          grader: cycle(3),
          rows: cycle(4),
          slices: [
            {
              name: cycle(9),
              values: texts.map((value) => ({ value, items: 9, models: [{ ...model!, name: cycle(0) }] })),
            },
          ],
          teacher: cycle(0),
          base: cycle(1),
          candidate: cycle(2),
          gates: texts.map((text) => ({ outcome: "fail", text })),
          models: texts.map((name, at) => ({
            ...model!,
            name,
            toTeacher: exam.models[1]!.toTeacher,
            cascade: { first: cycle(at + 1), fallback: cycle(at + 2), served: 1, answers: 2 },
            cost: { type: "share", share: 0.5, of: cycle(at + 1) },
            labels: {
              macro_f1: 0.5,
              confusion: {
                labels: [cycle(at), cycle(at + 1)],
                counts: [
                  [5, 1],
                  [1, 5],
                ],
                other: [0, 1],
              },
            },
          })),
        },
      ],
      selections: [
        {
          ...results.selections[0]!,
          step: cycle(5),
          rules: texts.map((name) => ({ name, dropped: 1, errors: 1 })),
        },
      ],
      cascades: texts.slice(0, 20).map((text, at) => ({
        ...results.cascades[0]!,
        step: text,
        first: cycle(at + 20),
        fallback: cycle(at + 40),
        rows: cycle(at + 60),
      })),
      looks: texts.map((rows) => ({ rows, times: 2, level: undefined })),
      steps: texts.map((text, at) => ({
        id: text,
        uses: cycle(at + 1),
        told: cycle(at + 2),
        key: cycle(at + 3),
      })),
      sources: texts.map((text, at) => ({ name: text, path: cycle(at + 1), digest: cycle(at + 2) })),
      answerers: texts.map((text, at) => ({
        name: text,
        provider: cycle(at + 1),
        model: cycle(at + 2),
        resolved: [cycle(at + 3)],
      })),
    },
    items: [
      {
        step: "exam",
        rows: cycle(6),
        graders: [cycle(3), cycle(7)],
        models: [0, 1, 2, 3].map(cycle),
        total: n,
        items: texts.map((text, at) => ({
          id: text,
          group: cycle(at + 1),
          slices: Object.fromEntries([[cycle(8), text]]),
          messages: [
            { role: "system", content: text },
            { role: "user", name: cycle(at + 1), content: [{ type: "text", text: cycle(at + 2) }] },
            { role: "assistant", content: null, tool_calls: [{ function: { arguments: cycle(at + 3) } }] },
          ],
          metadata: Object.fromEntries([[cycle(at + 1), cycle(at + 2)]]),
          answers: [0, 1, 2, 3].map((arm) => ({
            model: cycle(arm),
            sample: 0,
            output_text: cycle(at + arm),
            finish_reason: "length",
            grades: Object.fromEntries([
              [cycle(3), { passed: false, score: 0.5, label: text, expected: cycle(at + 1) }],
              [cycle(7), { passed: false, score: 0, invalid: cycle(at + 4) }],
            ]),
          })),
        })),
      },
    ],
  };
}

/** Looks at everything that the page can show. @returns the outline of what is there, at each look */
async function walkThrough(page: Page): Promise<readonly string[]> {
  await page.waitForSelector(".rows .row");
  const looks = [await outlineOf(page, "body")];
  const models = await page.locator("#confusion option").count();
  for (const at of [1, Math.floor(models / 2), models - 1]) {
    await page.locator("#confusion select").selectOption({ index: at });
    looks.push(await outlineOf(page, "#confusion"));
  }
  for (const select of await page.locator("#items select").all()) {
    await select.selectOption({ index: 1 });
    await select.selectOption({ index: 0 });
  }
  const grid = page.getByRole("grid");
  await grid.press("Home");
  await grid.press("Enter");
  looks.push(...(await outlinesOfItems(page)));
  await page.keyboard.press("Escape");
  await page.locator(".confusion button").first().click();
  return [...looks, await outlineOf(page, "body")];
}

/** The names of all elements below one, in order; of the rows in sight, which scrolling decides on, only one. */
async function outlineOf(page: Page, selector: string): Promise<string> {
  return page.locator(selector).evaluate((root) =>
    [...root.querySelectorAll("*")]
      .filter((one) => one.closest(".rows .row:not(:first-child)") === null)
      .map(({ tagName }) => tagName)
      .join(" "),
  );
}

/** Goes from the open item to the last; in the page itself, where it takes no message for each step. */
async function outlinesOfItems(page: Page): Promise<readonly string[]> {
  return page.evaluate(async () => {
    const outlines: string[] = [];
    const dialog = document.querySelector("dialog")!;
    const next = dialog.querySelector<HTMLButtonElement>('[aria-label="next item"]')!;
    for (;;) {
      const seen = [...dialog.querySelectorAll("*"), ...document.querySelectorAll(".row.active *")];
      outlines.push(seen.map(({ tagName }) => tagName).join(" "));
      if (next.disabled) return outlines;
      next.click();
      await new Promise((resolve) => setTimeout(resolve));
    }
  });
}
