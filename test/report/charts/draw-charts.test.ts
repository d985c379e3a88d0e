import { expect, test, vi } from "vitest";
import { type ChartResults, drawCharts } from "../../../src/report/charts/draw-charts.ts";
import { tones } from "../../../src/report/charts/theme.ts";
import { exam, plain, results } from "../hand-made.ts";
import { everything, sliceOf } from "./hand-made-charts.ts";
import { linesOf, marksOf } from "./outline.ts";

const warned = vi.spyOn(console, "warn");
const charts = new Map((await drawCharts(everything)).map((chart) => [chart.name, chart.svg]));

test("every chart says in words and figures what it shows", async () => {
  const told = (await drawCharts(everything)).map(({ name, title, text }) => `${name}: ${title}\n${text}`);
  expect(told.join("\n\n")).toMatchInlineSnapshot(`
    "comparison: Pass rates with their intervals
    Pass rates. correct, 600 test items, with 95 % intervals: teacher 97.8 % (96.3 … 98.7), before 41.3 % (37.5 … 45.3), student 74.2 % (70.5 … 77.5), routed 97.2 % (95.5 … 98.2).

    differences: Differences on the same items, with their intervals
    Differences in points. correct, 600 test items, against teacher, with 95 % intervals: student −23.6 (−27.2 … −20.1), routed −0.7 (−1.9 … +0.4). correct, 600 test items, against before, with 95 % intervals: teacher +56.5 (+52.0 … +61.0), student +32.8 (+29.0 … +37.0), routed +55.8 (+51.0 … +60.0).

    slices-department: Pass rates by department, with their intervals
    Pass rates by department. correct, 600 test items, with 95 % intervals: Finance, 140 items: routed 97.1 % (92.9 … 98.9), teacher 97.9 % (93.9 … 99.3), before 41.4 % (33.6 … 49.7); Legal, 22 items, few: routed 95.5 % (78.2 … 99.2), teacher 100.0 % (85.1 … 100.0), before 40.9 % (23.3 … 61.3).

    selection-select: Rows that select keeps
    select: 1,612 of 1,880 rows kept. Rows left after each rule: complete 1,880, sure 1,639, duplicates 1,620, leak 1,612.

    cascade-routed: What routed loses for what it answers itself
    Share lost against share that student answers itself: every threshold, on 300 validation items; promise: at most 3.0 %, with 95 % confidence; chosen: 0.82; 31.0 % answered itself, 1.0 % lost, at most 2.6 %; on 600 test items: 29.0 % answered itself, 1.0 % lost; where it answers all: 23.7 % lost.

    quality-routed: What routed passes for what it sends to teacher
    Pass rate against share sent to teacher: routed: what student is least sure of is sent first, APGR 0.71; oracle: what gains most is sent first, APGR 0.89; random: what is sent is drawn by lot, APGR 0.50; CPT 50 %: half of the gap is closed with 30.0 % sent; CPT 80 %: four fifths of it with 60.0 % sent; chosen: 0.82; 69.0 % sent, 95.7 % passed."
  `);
});

test("nothing that is drawn makes Vega-Lite warn", () => {
  expect(warned).not.toHaveBeenCalled();
});

test("the comparison names every model, its part and its figures", () => {
  expect(linesOf(charts.get("comparison")!).join("\n")).toMatchInlineSnapshot(`
    "correct, 600 test items | passed | 95 % interval
    teacher | 97.8 % | 96.3 … 98.7
    before (base) | 41.3 % | 37.5 … 45.3
    student | 74.2 % | 70.5 … 77.5
    routed (candidate) | 97.2 % | 95.5 … 98.2
    20 % | 40 % | 60 % | 80 % | 100 %"
  `);
});

test("a rate is a point in its interval, and the teacher's is a line down the block", () => {
  const { points, intervals, dashed } = partsOf(charts.get("comparison")!);
  expect([points.length, intervals.length]).toEqual([4, 4]);
  exam.models.forEach(({ rate, low, high }, at) => {
    const { x, y, attributes } = intervals[at]!;
    expect(points[at]!.y).toBe(y);
    expect((points[at]!.x - x) / Number(attributes.x2)).toBeCloseTo((rate - low) / (high - low), 1);
  });
  expect(dashed.map(({ x }) => Math.round(x))).toEqual([Math.round(points[0]!.x)]);
});

test("teacher, base and candidate differ in shape as well as in colour", () => {
  const { points } = partsOf(charts.get("comparison")!);
  expect(new Set(points.map(({ attributes }) => attributes.fill)).size).toBe(4);
  const shapes = points.map(({ attributes }) => attributes.d!.replace(/[-\d.]+/g, "0"));
  const filled = points.map(({ attributes }) => attributes.fill === attributes.stroke);
  expect(new Set(shapes.map((shape, at) => `${shape} ${filled[at]}`)).size).toBe(4);
});

test("every grader has a block of its own, over the same axis", async () => {
  const strict = { ...exam, grader: "strict", models: [{ ...plain, rate: 0.2, low: 0.17, high: 0.24 }] };
  const svg = await drawn("comparison", { exams: [exam, strict] });
  const lines = linesOf(svg);
  expect(lines.filter((line) => line.endsWith("interval"))).toEqual([
    "correct, 600 test items | passed | 95 % interval",
    "strict, 600 test items | passed | 95 % interval",
  ]);
  expect(lines.filter((line) => line.startsWith("0 %"))).toEqual(
    Array(2).fill("0 % | 20 % | 40 % | 60 % | 80 % | 100 %"),
  );
});

test("differences stand on both sides of none; the base is the other way round, so that a margin is seen", () => {
  expect(linesOf(charts.get("differences")!).join("\n")).toMatchInlineSnapshot(`
    "correct, 600 test items, against teacher | points | 95 % interval
    student | −23.6 | −27.2 … −20.1
    routed (candidate) | −0.7 | −1.9 … +0.4
    −30 | −25 | −20 | −15 | −10 | −5 | 0 | +5
    shaded: up to 3 points worse, which a gate allows
    correct, 600 test items, against before | points | 95 % interval
    teacher | +56.5 | +52.0 … +61.0
    student | +32.8 | +29.0 … +37.0
    routed (candidate) | +55.8 | +51.0 … +60.0
    0 | +20 | +40 | +60 | +80"
  `);
});

test("a gate's margin is shaded up to no difference", () => {
  const { shaded, across } = partsOf(charts.get("differences")!);
  const [, from, width] = /^M([\d.]+),0h([\d.]+)/.exec(shaded[0]!.attributes.d!)!.map(Number);
  expect(shaded).toHaveLength(1);
  expect(shaded[0]!.x + from! + width!).toBeCloseTo(across[0]!.x, 0);
  // Its axis goes from −30 to +5, and the grid with it.
  const grid = gridOf(charts.get("differences")!);
  expect(width! / (grid[7]! - grid[0]!)).toBeCloseTo(3 / 35, 2);
});

test("without a margin nothing is shaded", async () => {
  const svg = await drawn("differences", results);
  expect(partsOf(svg).shaded).toEqual([]);
  expect(linesOf(svg).join("\n")).not.toContain("shaded");
});

test("a slice tells how many items it has, and where these are few", () => {
  expect(linesOf(charts.get("slices-department")!).join("\n")).toMatchInlineSnapshot(`
    "correct, 600 test items, by department | routed | 95 % interval
    routed | teacher | before
    Finance (140) | 97.1 % | 92.9 … 98.9
    Legal (22, few) | 95.5 % | 78.2 … 99.2
    20 % | 40 % | 60 % | 80 % | 100 %"
  `);
});

test("of many values of a slice those are shown where the candidate passes least", async () => {
  const slice = sliceOf(
    "customer",
    Object.fromEntries(Array.from({ length: 25 }, (_, at) => [`c${at}`, 50])),
  );
  const values = slice.values.map((value, at) => ({
    ...value,
    models: value.models.map((model) => ({ ...model, rate: at % 5 === 0 ? 1 : 0.5 })),
  }));
  const svg = await drawn("slices-customer", { exams: [{ ...exam, slices: [{ ...slice, values }] }] });
  const shown = linesOf(svg).flatMap((line) => /^c\d+/.exec(line) ?? []);
  expect(shown).toEqual(slice.values.map(({ value }) => value).filter((_, at) => at % 5 !== 0));
  expect(linesOf(svg).at(-1)).toBe("20 of 25 shown: where routed passes least");
});

test("the selection shows what every rule left and dropped", () => {
  expect(linesOf(charts.get("selection-select")!).join("\n")).toMatchInlineSnapshot(`
    "select: 1,612 of 1,880 rows kept | left | dropped
    all rows | 1,880 | 
    complete | 1,880 | 0
    sure | 1,639 | −241
    duplicates | 1,620 | −19
    leak | 1,612 | −8"
  `);
});

test("the bars of a selection are as long as there are rows", () => {
  const bars = marksOf(charts.get("selection-select")!)
    .filter(({ tag, attributes }) => tag === "path" && attributes.opacity === undefined)
    .map(({ attributes }) => Number(/h([\d.]+)/.exec(attributes.d!)![1]));
  expect(bars.map((width) => Math.round((1880 * width) / bars[0]!))).toEqual([1880, 1880, 1639, 1620, 1612]);
});

test("a filter without rules is no picture", async () => {
  const [selection] = results.selections;
  const all = await drawCharts({ ...results, selections: [{ ...selection!, rules: [] }] });
  expect(all.map(({ name }) => name)).toEqual(["comparison", "differences", "cascade-routed"]);
});

test("a cascade shows its promise, what was chosen and what came of it", () => {
  expect(linesOf(charts.get("cascade-routed")!).join("\n")).toMatchInlineSnapshot(`
    "routed: lost for what it answers itself
    every threshold, on 300 validation items
    promise: at most 3.0 %, with 95 % confidence
    chosen: 0.82; 31.0 % answered itself, 1.0 % lost, at most 2.6 %
    on 600 test items: 29.0 % answered itself, 1.0 % lost
    lost, of all items: student fails and teacher would have passed
    25 %
    20 %
    15 %
    10 %
    5 %
    0 %
    0 % | 20 % | 40 % | 60 % | 80 % | 100 %
    answered by student itself, of all items"
  `);
});

test("what was chosen lies below the promise with all of its bound", () => {
  const { points, intervals, promise } = partsOf(charts.get("cascade-routed")!);
  const [chosen, tested] = points;
  const grid = gridOf(charts.get("cascade-routed")!);
  const shareAt = (x: number) => (x - grid[0]!) / (grid[5]! - grid[0]!);
  expect(shareAt(chosen!.x)).toBeCloseTo(93 / 300, 2);
  expect(shareAt(tested!.x)).toBeCloseTo(174 / 600, 2);
  expect(intervals).toHaveLength(1);
  const highest = intervals[0]!.y + Number(intervals[0]!.attributes.y2);
  expect(highest).toBeLessThan(chosen!.y);
  expect(highest).toBeGreaterThan(promise[0]!.y);
});

test.each([
  ["another promise", { risk: { of: "served_failure", max: 0.03, confidence: 0.95 } }],
  ["another fallback", { fallback: "larger" }],
] as const)("an exam says nothing of %s than its own", async (_, other) => {
  const svg = await drawn("cascade-routed", { cascades: [{ ...results.cascades[0]!, ...other }] });
  expect(partsOf(svg).points).toHaveLength(1);
  expect(linesOf(svg).join("\n")).not.toContain("on 600 test items");
});

test("where no threshold keeps the promise none is marked", async () => {
  const [cascade] = results.cascades;
  const none = { ...cascade!, threshold: null, kept: 0, losses: 0, bound: null };
  const svg = await drawn("cascade-routed", { cascades: [none], exams: [] });
  expect(partsOf(svg).points).toEqual([]);
  expect(linesOf(svg)).toContain("promise: at most 3.0 %, with 95 % confidence; no threshold keeps it");
});

test("the quality curve stands between drawing lots and knowing all beforehand", () => {
  expect(linesOf(charts.get("quality-routed")!).join("\n")).toMatchInlineSnapshot(`
    "routed: passed for what it sends to teacher
    routed: what student is least sure of is sent first, APGR 0.71
    oracle: what gains most is sent first, APGR 0.89
    random: what is sent is drawn by lot, APGR 0.50
    CPT 50 %: half of the gap is closed with 30.0 % sent
    CPT 80 %: four fifths of it with 60.0 % sent
    chosen: 0.82; 69.0 % sent, 95.7 % passed
    passed, of all items
    100 %
    95 %
    90 %
    85 %
    80 %
    75 %
    0 % | 20 % | 40 % | 60 % | 80 % | 100 %
    sent to teacher, of all items"
  `);
});

test("nothing evaluated is nothing drawn", async () => {
  expect(await drawCharts({ ...results, exams: [], selections: [], cascades: [] })).toEqual([]);
});

test("names are names of files, and no two are equal on any disk", async () => {
  const named = (step: string) => ({ ...results.selections[0]!, step });
  const slices = [sliceOf("../a b", { x: 40 }), sliceOf("../a?b", { x: 40 })];
  const all = await drawCharts({
    ...results,
    exams: [{ ...exam, teacher: undefined, base: undefined, slices }],
    selections: [named("Select"), named("select")],
    cascades: [],
  });
  const names = all.map(({ name }) => name);
  expect(names).toMatchInlineSnapshot(`
    [
      "comparison",
      "slices--a-b",
      "slices--a-b-2",
      "selection-Select",
      "selection-select-2",
    ]
  `);
  expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(all.length);
});

async function drawn(name: string, some: Partial<ChartResults>): Promise<string> {
  return (await drawCharts({ ...results, ...some })).find((chart) => chart.name === name)!.svg;
}

function partsOf(svg: string) {
  const having = (name: string, value: string) =>
    marksOf(svg).filter(({ attributes }) => attributes[name] === value);
  return {
    points: having("stroke-width", "1.75").filter(({ x }) => x > 60),
    intervals: having("stroke-width", "2.5"),
    across: having("stroke", tones.quiet.light).filter(
      ({ attributes }) => attributes["stroke-width"] === undefined,
    ),
    dashed: having("stroke-dasharray", "4,3"),
    promise: having("stroke-width", "1.5"),
    shaded: having("opacity", "0.2"),
  };
}

/** Where the grid of the first panel stands, px from the left. */
function gridOf(svg: string): readonly number[] {
  const upright = marksOf(svg).filter(
    ({ attributes }) => attributes.stroke === tones.line.light && attributes.x2 === "0",
  );
  return upright.filter(({ y }) => y === upright[0]!.y).map(({ x }) => x);
}
