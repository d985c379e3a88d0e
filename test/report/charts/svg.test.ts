import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vega from "vega";
import { afterAll, expect, test } from "vitest";
import { type ChartResults, type DrawnChart, drawCharts } from "../../../src/report/charts/draw-charts.ts";
import { tones } from "../../../src/report/charts/theme.ts";
import { openBrowser } from "../../support/browser.ts";
import { xssPayloads } from "../../ui/xss-payloads.ts";
import { everything } from "./hand-made-charts.ts";
import { marksOf } from "./outline.ts";
import { everyElement, parseSvg } from "./parse-svg.ts";

const charts = await drawCharts(everything);
const open = openBrowser();
const folder = mkdtempSync(join(tmpdir(), "distill-charts-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("an SVG is one image with a title and a text for who does not see it", () => {
  for (const { name, title, text, svg } of charts) {
    const { attributes, children } = parseSvg(svg);
    expect(attributes).toMatchObject({
      role: "img",
      width: "640",
      "aria-labelledby": `chart-${name}-title chart-${name}-text`,
    });
    expect(children.slice(0, 2)).toMatchObject([
      { tag: "title", attributes: { id: `chart-${name}-title` }, text: title },
      { tag: "desc", attributes: { id: `chart-${name}-text` }, text },
    ]);
  }
});

test("it holds nothing but shapes and texts, and points to nothing", () => {
  for (const { name, svg } of charts) expectHarmless(name, svg);
});

test("nothing begins outside of it", () => {
  for (const { svg } of charts) {
    const height = Number(parseSvg(svg).attributes.height);
    for (const { x, y } of marksOf(svg)) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThanOrEqual(640);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThanOrEqual(height - 8);
    }
  }
});

test("every colour has its counterpart in the dark, and both can be told from their page", () => {
  for (const { svg } of charts) {
    const root = parseSvg(svg);
    const style = root.children.find(({ tag }) => tag === "style")!.text;
    const used = everyElement(root).flatMap(({ attributes: { fill, stroke } }) => [
      ...(fill === undefined || fill === "none" ? [] : [{ part: "fill", color: fill }]),
      ...(stroke === undefined ? [] : [{ part: "stroke", color: stroke }]),
    ]);
    for (const { part, color } of used) expect(style).toContain(`[${part}="${color}"] { ${part}: `);
  }
  const { page, line, ...marks } = tones;
  for (const scheme of ["light", "dark"] as const) {
    for (const tone of Object.values(marks))
      expect(contrastOf(tone[scheme], page[scheme])).toBeGreaterThanOrEqual(3);
    for (const { [scheme]: text } of [tones.ink, tones.quiet])
      expect(contrastOf(text, page[scheme])).toBeGreaterThanOrEqual(4.5);
    expect(contrastOf(line[scheme], page[scheme])).toBeLessThan(2);
  }
});

test("hostile names stay names: an SVG of them has the elements of one of harmless names", async () => {
  const harmless = xssPayloads.map((_, at) => `harmless ${at}`);
  const [hostile, plain] = await Promise.all(
    [xssPayloads, harmless].map((texts) => drawCharts(resultsOf(texts))),
  );
  expect(hostile!.length).toBe(plain!.length);
  hostile!.forEach(({ name, svg }, at) => {
    expectHarmless(name, svg);
    const tagsOf = (chart: DrawnChart) => everyElement(parseSvg(chart.svg)).map(({ tag }) => tag);
    expect(tagsOf(hostile![at]!)).toEqual(tagsOf(plain![at]!));
  });
});

test("what XML cannot hold is not in it", async () => {
  const name = "a\u0000b\u001bc\ufffed\uffffe\ud800f\u202eg\u2028h";
  for (const { svg } of await drawCharts(resultsOf([name]))) expect(() => parseSvg(svg)).not.toThrow();
});

test("a real browser shows them, runs nothing and asks for nothing", async () => {
  for (const chart of [...charts, ...(await drawCharts(resultsOf(xssPayloads)))]) {
    const file = join(folder, `${chart.name}.svg`);
    writeFileSync(file, chart.svg);
    const { page, requests, complaints, ran } = await open(file, { dark: true });
    const root = page.locator("svg").first();
    expect(await page.locator("parsererror").count()).toBe(0);
    expect(await root.getAttribute("width")).toBe("640");
    expect(await page.locator("svg > rect").evaluate((element) => getComputedStyle(element).fill)).toBe(
      "rgb(13, 17, 23)",
    );
    expect({ requests, complaints, ran }).toEqual({ requests: [], complaints: [], ran: [] });
    await page.close();
  }
});

test("the same results give the same bytes: again, at once, and in another zone and language", async () => {
  const bytes = charts.map(({ svg }) => svg);
  const [one, two] = await Promise.all([drawCharts(everything), drawCharts(everything)]);
  expect(one!.map(({ svg }) => svg)).toEqual(bytes);
  expect(two!.map(({ svg }) => svg)).toEqual(bytes);
  const elsewhere = execFileSync(
    process.execPath,
    [
      "--input-type=module",
      "--eval",
      `const { drawCharts } = await import("./src/report/charts/draw-charts.ts");
       const { everything } = await import("./test/report/charts/hand-made-charts.ts");
       console.log(JSON.stringify((await drawCharts(everything)).map(({ svg }) => svg)));`,
    ],
    {
      env: { TZ: "Pacific/Kiritimati", LC_ALL: "ar_EG.UTF-8", LANG: "ar_EG.UTF-8" },
      encoding: "utf8",
      maxBuffer: 1e8,
    },
  );
  expect(JSON.parse(elsewhere)).toEqual(bytes);
});

test("a machine that can measure texts draws the same as one that cannot", async () => {
  const { textMetrics } = vega as unknown as { textMetrics: { width: (item: unknown) => number } };
  const { width } = textMetrics;
  textMetrics.width = () => 1234;
  try {
    expect((await drawCharts(everything)).map(({ svg }) => svg)).toEqual(charts.map(({ svg }) => svg));
  } finally {
    textMetrics.width = width;
  }
});

/** Elements and attributes that can do nothing, and no reference but to its own title and text. */
function expectHarmless(name: string, svg: string): void {
  const elements = everyElement(parseSvg(svg));
  const tags = ["svg", "title", "desc", "style", "rect", "g", "path", "line", "text"];
  expect([...new Set(elements.map(({ tag }) => tag))].filter((tag) => !tags.includes(tag))).toEqual([]);
  const attributes = elements.flatMap((element) => Object.entries(element.attributes));
  expect(attributes.filter(([key]) => /^on|href|^style$|^src|:/i.test(key))).toEqual([]);
  expect(attributes.filter(([, value]) => /url\(|script:|data:|\/\//i.test(value))).toEqual([
    ["xmlns", "http://www.w3.org/2000/svg"],
  ]);
  expect(attributes.flatMap(([key, value]) => (key === "id" ? [value] : []))).toEqual([
    `chart-${name}`,
    `chart-${name}-title`,
    `chart-${name}-text`,
  ]);
  const style = elements.find(({ tag }) => tag === "style")!.text;
  expect(style).not.toMatch(/@import|url\(|expression/);
}

/** Results with these texts in every place that takes one from files or services. */
function resultsOf(texts: readonly string[]): ChartResults {
  const text = (at: number) => texts[at % texts.length]!;
  const [exam] = everything.exams;
  const [cascade] = everything.cascades;
  const models = texts.map((name, at) => ({ ...exam!.models[at % exam!.models.length]!, name }));
  const values = texts.map((value, at) => ({
    value,
    items: at + 1,
    models: [{ name: text(0), rate: 0.5, low: 0.4, high: 0.6 }],
  }));
  return {
    exams: [
      {
        ...exam!,
        grader: text(3),
        rows: text(4),
        candidate: text(0),
        teacher: text(1),
        base: text(2),
        models,
        slices: [{ name: text(5), values }],
      },
    ],
    selections: [
      {
        step: text(6),
        rows: 1000,
        kept: 1000,
        items: 1000,
        rules: texts.map((name) => ({ name, dropped: 1, errors: 0 })),
      },
    ],
    cascades: [{ ...cascade!, step: text(7), first: text(8), fallback: text(9), rows: text(10) }],
  };
}

/** From 1 to 21. Source: WCAG 2.2, "relative luminance" and "contrast ratio". */
function contrastOf(one: string, other: string): number {
  const luminance = (color: string) => {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  const [dark, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (bright! + 0.05) / (dark! + 0.05);
}
