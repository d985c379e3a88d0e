import { expect, test } from "vitest";
import { formatClosing } from "../../src/report/closing-lines.ts";
import { formatResultTable } from "../../src/report/result-table.ts";
import { widthOf } from "../../src/runner/cells.ts";
import { paint } from "../../src/runner/reporters/text-layout.ts";
import { exam, plain, results } from "./hand-made.ts";

test("the table tells every model with its interval, cost and latency, then gates and cascades", () => {
  expect(formatResultTable(results, paint(false))).toMatchInlineSnapshot(`
    "correct, 600 test items   95 % interval   cost / 1,000      p50
      teacher   97.8 %        96.3 … 98.7     not recorded      not recorded
      before    41.3 %        37.5 … 45.3     0                 0.041 ms
      student   74.2 %        70.5 … 77.5     0                 0.041 ms
      routed    97.2 %        95.5 … 98.2     71 % of teacher   not recorded

    PASS       routed is not worse than teacher by more than 3 points (−0.7,
               p = 0.002)
    UNDECIDED  student is not shown to be better than before (+2.8, −1.1 … +6.7,
               p = 0.081)
    FAIL       student is worse than teacher by more than 5 points (−23.6,
               −27.2 … −20.1) and this sentence is long
    routed answers 29 % of the traffic itself; student alone would lose 23.6 points.
    "
  `);
});

test("no line of it is wider than 80 columns, and without colour it holds no escape", () => {
  const text = formatResultTable(results, paint(false));
  expect(Math.max(...text.split("\n").map(widthOf))).toBeLessThanOrEqual(80);
  expect(text).not.toMatch(/\u001b/);
});

test("colour adds escapes and nothing else", () => {
  const colored = formatResultTable(results, paint(true));
  expect(colored).toMatch(/\u001b/);
  expect(colored.replace(/\u001b\[\d+m/g, "").replace(/ +$/gm, "")).toBe(
    formatResultTable(results, paint(false)),
  );
});

test("without anything evaluated there is nothing to tell", () => {
  expect(formatResultTable({ exams: [] }, paint(false))).toBe("");
});

test("a first model that would win over the teacher is not said to lose", () => {
  const student = {
    ...plain,
    toTeacher: {
      difference: 0.01,
      low: -0.01,
      high: 0.03,
      p: 0.4,
      p_adjusted: 0.4,
      only_this: 12,
      only_other: 6,
    },
  };
  const text = formatResultTable(
    { exams: [{ ...exam, gates: [], models: [student, exam.models[3]!] }] },
    paint(false),
  );
  expect(text).toContain("routed answers 29 % of the traffic itself; student alone would win 1.0 point.");
});

const step = {
  id: "split",
  uses: "split",
  status: "cached",
  seconds: 0,
  rows: null,
  cost_usd: null,
  metrics: {},
} as const;
const result = { run: "r", verdict: "pass", steps: [step], cost_usd: null, requests: 0 } as const;
const closing = {
  result,
  seconds: 3.14,
  spec: "router.yaml",
  complete: true,
  wrote: [],
  mode: "whole",
} as const;

test("the last lines tell what was written, what was spent and what to do next", () => {
  const failed = { ...step, id: "capture", status: "failed" } as const;
  const judged = { ...step, id: "verdict", metrics: { verdict: "fail" } } as const;
  const cases = [
    { ...closing, wrote: ["router.lock", "router.report.md"] },
    closing,
    { ...closing, result: { ...result, verdict: "fail", steps: [step, judged], requests: 1880 } as const },
    {
      ...closing,
      complete: false,
      result: { ...result, verdict: null, steps: [step, failed], requests: 1, cost_usd: 0.5 } as const,
    },
    {
      ...closing,
      complete: false,
      result: { ...result, verdict: null, steps: [step, { ...failed, status: "incomplete" }] } as const,
    },
    {
      ...closing,
      // Held back by a verdict: that is how the run was meant to end.
      result: { ...result, verdict: "fail", steps: [judged, { ...failed, status: "skipped" }] } as const,
      wrote: ["router.lock"],
    },
    { ...closing, mode: "frozen" } as const,
    { ...closing, mode: "only" } as const,
  ];
  expect(cases.map(formatClosing).join("\n")).toMatchInlineSnapshot(`
    "Wrote router.lock, router.report.md   3.1 s, nothing spent
    Next: git add router.*

    Lock and report say the same already   3.1 s, nothing spent
    Next: git add router.*

    Lock and report say the same already   3.1 s, 1,880 requests sent, cost not recorded
    Next: read router.report.md

    1 of 2 steps not done, nothing written   3.1 s, spent $0.50 for 1 request
    Next: mend what is told above, then distill run router.yaml: what is done is kept

    1 of 2 steps not done, nothing written   3.1 s, nothing spent
    Next: distill run router.yaml goes on from here: what is done is kept

    Wrote router.lock   3.1 s, nothing spent
    Next: read router.report.md

    Everything is kept, nothing was run   3.1 s, nothing spent
    Next: distill report router.yaml

    Done; lock and report are left as they are   3.1 s, nothing spent
    Next: distill report router.yaml
    "
  `);
});
