import type { Grade } from "../runner/row.ts";
import { classificationReport, type LabelPair } from "../stats/classification.ts";
import { estimateMean, estimateShare } from "./estimate-share.ts";
import { countFinishReasons } from "./finish-reasons.ts";
import { summarizeUsage, type UsageFacts } from "./measure-answers.ts";
import type { ResultLine } from "./results.ts";
import { sumInOrder } from "./sum-in-order.ts";

/** A pass rate (0..1) with its 95 % interval. */
interface RateEstimate {
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

/** A mean score with its 95 % interval; both ends are null where there are fewer than two groups. */
interface ScoreEstimate {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** What one grader says of one model's answers. With several samples the rate is the mean of each item's share. */
export interface GraderFacts extends RateEstimate {
  readonly answers: number;
  readonly items: number;
  /** Answers that passed. */
  readonly passed: number;
  /** Mean over items of each item's mean score. */
  readonly mean_score: number;
  /** Where scores are not only 0 and 1: their mean over items with its interval. */
  readonly score?: ScoreEstimate;
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

/** One model on the items of one slice's value. */
export interface SliceFacts {
  readonly items: number;
  readonly graders: { readonly [grader: string]: Pick<GraderFacts, "passed" | "rate" | "low" | "high"> };
}

/** What an evaluation says of one model; what its answers took only where that was recorded with them. */
export interface ModelFacts extends UsageFacts {
  readonly answers: number;
  readonly finish_reasons: { readonly [reason: string]: number };
  /** Answers that ended by length. */
  readonly truncated: number;
  /** In a cascade: how many answers its first model gave. */
  readonly served?: { readonly first: number; readonly total: number };
  /** Where items have groups: how many there are. */
  readonly groups?: number;
  readonly graders: { readonly [grader: string]: GraderFacts };
  /** By slice and value. */
  readonly slices?: { readonly [slice: string]: { readonly [value: string]: SliceFacts } };
}

/** Sums up the lines of one model, for the graders of these digests; the order of the items does not matter. */
export function summarizeModel(lines: readonly ResultLine[], graders: readonly string[]): ModelFacts {
  const served = lines.filter(({ sample }) => sample.served_by !== undefined);
  const groups = new Set(lines.flatMap(({ group }) => group ?? []));
  const slices = Object.keys(lines[0]?.slices ?? {});
  return {
    answers: lines.length,
    finish_reasons: countFinishReasons(lines.map(({ sample }) => sample)),
    truncated: lines.filter(({ sample }) => sample.finish_reason === "length").length,
    ...(served.length > 0 && {
      served: {
        first: served.filter(({ sample }) => sample.served_by === "first").length,
        total: lines.length,
      },
    }),
    ...summarizeUsage(lines.flatMap(({ usage }) => usage ?? [])),
    ...(groups.size > 0 && { groups: groups.size }),
    graders: Object.fromEntries(graders.map((grader) => [grader, summarizeGrader(lines, grader)])),
    ...(slices.length > 0 && {
      slices: Object.fromEntries(slices.map((slice) => [slice, summarizeSlice(lines, slice, graders)])),
    }),
  };
}

const confidence = 0.95;

function estimateRate(shares: readonly number[], groups: readonly string[] | undefined): RateEstimate {
  const { value: rate, low, high } = estimateShare(shares, { confidence, groups });
  return { rate, low, high };
}

function estimateScore(scores: readonly number[], groups: readonly string[] | undefined): ScoreEstimate {
  const { value: mean, low, high } = estimateMean(scores, { confidence, groups });
  return { mean, low, high };
}

function summarizeGrader(lines: readonly ResultLine[], grader: string): GraderFacts {
  const grades = lines.map((line) => line.grades[grader]!);
  const items = judgeItems(lines, grader);
  const scores = items.map(({ answers, score }) => score / answers);
  return {
    answers: lines.length,
    items: items.length,
    passed: grades.filter(({ passed }) => passed).length,
    ...estimateRate(
      items.map(({ answers, passed }) => passed / answers),
      groupsOf(items),
    ),
    mean_score: sumInOrder(scores) / items.length,
    ...(grades.some(({ score }) => score !== 0 && score !== 1) && {
      score: estimateScore(scores, groupsOf(items)),
    }),
    invalid: grades.filter(({ invalid }) => invalid !== undefined).length,
    ...summarizeLabels(grades),
  };
}

function summarizeSlice(
  lines: readonly ResultLine[],
  slice: string,
  graders: readonly string[],
): { readonly [value: string]: SliceFacts } {
  const byValue = [...Map.groupBy(lines, ({ slices }) => slices![slice]!)];
  byValue.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    byValue.map(([value, own]) => [
      value,
      {
        items: new Set(own.map(({ id }) => id)).size,
        graders: Object.fromEntries(
          graders.map((grader) => {
            const items = judgeItems(own, grader);
            const shares = items.map(({ answers, passed }) => passed / answers);
            const passed = own.filter(({ grades }) => grades[grader]!.passed).length;
            return [grader, { passed, ...estimateRate(shares, groupsOf(items)) }];
          }),
        ),
      },
    ]),
  );
}

interface JudgedItem {
  readonly group: string | undefined;
  answers: number;
  passed: number;
  score: number;
}

function judgeItems(lines: readonly ResultLine[], grader: string): readonly JudgedItem[] {
  const items = new Map<string, JudgedItem>();
  for (const { id, group, grades } of lines) {
    const { passed, score } = grades[grader]!;
    const item = items.get(id) ?? { group, answers: 0, passed: 0, score: 0 };
    item.answers += 1;
    item.passed += Number(passed);
    item.score += score;
    items.set(id, item);
  }
  return [...items.values()];
}

function groupsOf(items: readonly JudgedItem[]): readonly string[] | undefined {
  const groups = items.flatMap(({ group }) => group ?? []);
  return groups.length === 0 ? undefined : groups;
}

/** More labels than a table can show are texts rather than categories, and so are longer ones. */
const maxLabels = 50;
const maxLength = 64;

/**
 * The categories that one model's answers were expected to be, sorted; undefined where what is expected are texts:
 * these must not reach committed files, and nobody reads a table of them.
 */
export function categoriesOf(grades: readonly Grade[]): readonly string[] | undefined {
  const labels = new Set<string>();
  for (const { expected } of grades) {
    if (expected === undefined || expected.length > maxLength) return undefined;
    labels.add(expected);
  }
  // Categories come again; what is expected of one item only is its text.
  if (labels.size < 2 || labels.size > maxLabels || labels.size * 2 > grades.length) return undefined;
  return [...labels].sort();
}

function summarizeLabels(grades: readonly Grade[]): Pick<GraderFacts, "confusion" | "macro_f1"> {
  const labels = categoriesOf(grades);
  if (labels === undefined) return {};
  const pairs = grades.map(
    (grade): LabelPair => ({ expected: grade.expected!, answered: grade.label ?? null }),
  );
  const report = classificationReport(pairs, labels);
  return { confusion: report.confusion, macro_f1: report.macroF1 };
}
