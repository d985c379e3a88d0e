import type { Grade } from "../runner/row.ts";
import { classificationReport, type LabelPair } from "../stats/classification.ts";
import { wilsonInterval } from "../stats/wilson.ts";
import { countFinishReasons } from "./finish-reasons.ts";
import type { ResultLine } from "./results.ts";

/** What one grader says of one model's answers. */
export interface GraderFacts {
  readonly answers: number;
  readonly items: number;
  /** Answers that passed. */
  readonly passed: number;
  /** Share (0..1) of passes; with several samples the mean over items of each item's share. */
  readonly rate: number;
  /** Wilson's 95 % interval with items as n, which is conservative where an item has several samples. */
  readonly low: number;
  readonly high: number;
  /** Mean over items of each item's mean score. */
  readonly mean_score: number;
  /** Answers of which there could be no judgement: they count as not passed. */
  readonly invalid: number;
  /** Where answers are labels: answers by expected label (row) and given label (column); `other` gave no label of these. */
  readonly confusion?: {
    readonly labels: readonly string[];
    readonly counts: readonly (readonly number[])[];
    readonly other: readonly number[];
  };
  /** Mean F1 over the labels that were expected. */
  readonly macro_f1?: number;
}

/** What an evaluation says of one model. */
export interface ModelFacts {
  readonly answers: number;
  readonly finish_reasons: { readonly [reason: string]: number };
  /** In a cascade: how many answers its first model gave. */
  readonly served?: { readonly first: number; readonly total: number };
  readonly graders: { readonly [grader: string]: GraderFacts };
}

/** Sums up the lines of one model, for the graders of these digests. */
export function summarizeModel(lines: readonly ResultLine[], graders: readonly string[]): ModelFacts {
  const served = lines.filter(({ sample }) => sample.served_by !== undefined);
  return {
    answers: lines.length,
    finish_reasons: countFinishReasons(lines.map(({ sample }) => sample)),
    ...(served.length > 0 && {
      served: {
        first: served.filter(({ sample }) => sample.served_by === "first").length,
        total: lines.length,
      },
    }),
    graders: Object.fromEntries(graders.map((grader) => [grader, summarizeGrader(lines, grader)])),
  };
}

function summarizeGrader(lines: readonly ResultLine[], grader: string): GraderFacts {
  const items = new Map<string, { answers: number; passed: number; score: number }>();
  let invalid = 0;
  let passed = 0;
  for (const { id, grades } of lines) {
    const grade = grades[grader]!;
    const item = items.get(id) ?? { answers: 0, passed: 0, score: 0 };
    item.answers += 1;
    item.score += grade.score;
    if (grade.passed) {
      item.passed += 1;
      passed += 1;
    }
    if (grade.invalid !== undefined) invalid += 1;
    items.set(id, item);
  }
  const n = items.size;
  const all = [...items.values()];
  // Whole passes stay exact: a sum of thirds would not.
  const passes = all.every((item) => item.answers === 1)
    ? passed
    : sumInOrder(all.map((item) => item.passed / item.answers));
  return {
    answers: lines.length,
    items: n,
    passed,
    rate: passes / n,
    ...intervalOf(passes, n),
    mean_score: sumInOrder(all.map((item) => item.score / item.answers)) / n,
    invalid,
    ...summarizeLabels(lines.map(({ grades }) => grades[grader]!)),
  };
}

// Evidence has the items in another order, and must give the same last digit.
function sumInOrder(values: readonly number[]): number {
  return Float64Array.from(values)
    .sort()
    .reduce((sum, value) => sum + value, 0);
}

// Wilson's interval takes whole numbers; rounding outwards can only widen it.
function intervalOf(passes: number, n: number): { readonly low: number; readonly high: number } {
  const near = Math.round(passes);
  const whole = Math.abs(passes - near) < 1e-9;
  return {
    low: wilsonInterval(whole ? near : Math.floor(passes), n).low,
    high: wilsonInterval(whole ? near : Math.ceil(passes), n).high,
  };
}

/** More labels than a table can show are texts rather than classes. */
const maxLabels = 50;

function summarizeLabels(grades: readonly Grade[]): Pick<GraderFacts, "confusion" | "macro_f1"> {
  if (grades.some((grade) => grade.expected === undefined)) return {};
  const pairs = grades.map(
    (grade): LabelPair => ({ expected: grade.expected!, answered: grade.label ?? null }),
  );
  const labels = [...new Set(pairs.map((pair) => pair.expected))].sort();
  if (labels.length > maxLabels || labels.length < 2) return {};
  const report = classificationReport(pairs, labels);
  return { confusion: report.confusion, macro_f1: report.macroF1 };
}
