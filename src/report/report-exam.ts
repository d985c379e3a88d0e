import type { DifferenceFacts } from "../steps/compare-models.ts";
import { formatCount, formatP, formatPoints, formatShare } from "../steps/format.ts";
import {
  describeExam,
  formatConfidence,
  formatCost,
  formatInterval,
  formatMs,
  formatPointsInterval,
} from "./describe.ts";
import { escapeMarkdown, table } from "./markdown.ts";
import type { Exam, ExamModel } from "./results.ts";

/** Every model's rate with its interval, and what its answers take as far as that is recorded. */
export function formatExam(exam: Exam): string {
  const { models } = exam;
  const columns: readonly Column[] = [
    {
      head: exam.agreesWith === undefined ? "passed" : "agreement",
      figure: true,
      cell: ({ rate }) => formatShare(rate),
    },
    { head: `${formatConfidence(exam.confidence)} interval`, cell: formatInterval },
    {
      head: "macro-F1",
      figure: true,
      there: models.some(({ labels }) => labels !== undefined),
      cell: ({ labels }) => (labels === undefined ? "–" : labels.macro_f1.toFixed(3)),
    },
    { head: "cost / 1,000", cell: ({ cost }) => escapeMarkdown(formatCost(cost)) },
    {
      head: "p50, p95",
      there: models.some(({ latency }) => latency !== undefined),
      cell: ({ latency }) =>
        latency === undefined ? "–" : `${formatMs(latency.p50)}, ${formatMs(latency.p95)}`,
    },
    {
      head: "cut off / 1,000",
      figure: true,
      there: models.some(({ truncated }) => truncated.answers > 0),
      cell: ({ truncated: { answers, of } }) => (of === 0 ? "–" : ((1000 * answers) / of).toFixed(1)),
    },
  ];
  const shown = columns.filter(({ there = true }) => there);
  return table(
    [escapeMarkdown(describeExam(exam)), ...shown.map(({ head }) => head)],
    models.map((model) => [
      escapeMarkdown(model.name) + roleOf(model, exam),
      ...shown.map(({ cell }) => cell(model)),
    ]),
    shown.flatMap(({ figure = false }, at) => (figure ? [at + 1] : [])),
  );
}

interface Column {
  readonly head: string;
  readonly figure?: boolean;
  /** False where no model has anything to show there. */
  readonly there?: boolean;
  readonly cell: (model: ExamModel) => string;
}

/** Every model against teacher and base, item by item. */
export function formatDifferences(exam: Exam): string {
  const rows = [
    ...differences(exam, exam.teacher, ({ toTeacher }) => toTeacher),
    ...differences(exam, exam.base === exam.teacher ? undefined : exam.base, ({ toBase }) => toBase),
  ];
  if (rows.length === 0) return "";
  const head = [
    "on the same items",
    "points",
    `${formatConfidence(exam.confidence)} interval`,
    exam.grouped === undefined ? "McNemar" : "permutation",
    "Holm",
    "only the first",
    "only the second",
  ];
  const gap = exam.gapClosed;
  const bounds =
    gap === undefined || gap.low === null || gap.high === null
      ? ""
      : ` (${formatShare(gap.low, 0)} … ${formatShare(gap.high, 0)})`;
  return [
    `## Differences: ${escapeMarkdown(describeExam(exam))}`,
    table(head, rows, [1, 5, 6]),
    ...(exam.grouped === undefined
      ? []
      : [`Intervals and tests draw whole groups, of which there are ${formatCount(exam.grouped)}.`]),
    ...(gap === undefined || exam.candidate === undefined
      ? []
      : [
          `${escapeMarkdown(exam.candidate)} closes ${formatShare(gap.share, 0)}${bounds} of the gap between ${escapeMarkdown(exam.base ?? "")} and ${escapeMarkdown(exam.teacher ?? "")}.`,
        ]),
  ].join("\n\n");
}

function differences(
  exam: Exam,
  other: string | undefined,
  pick: (model: ExamModel) => DifferenceFacts | undefined,
) {
  if (other === undefined) return [];
  return exam.models.flatMap((model) => {
    // Base against teacher is said once.
    if (model.name === exam.teacher && other === exam.base) return [];
    const facts = pick(model);
    if (facts === undefined) return [];
    const { difference, p, p_adjusted, only_this, only_other } = facts;
    return [
      [
        `${escapeMarkdown(model.name)} against ${escapeMarkdown(other)}`,
        formatPoints(difference),
        formatPointsInterval(facts),
        formatP(p),
        formatP(p_adjusted),
        formatCount(only_this),
        formatCount(only_other),
      ],
    ];
  });
}

function roleOf({ name }: ExamModel, { teacher, base, candidate }: Exam): string {
  const roles = [
    ...(name === teacher && name !== "teacher" ? ["teacher"] : []),
    ...(name === base && name !== "base" ? ["base"] : []),
    ...(name === candidate && name !== "candidate" ? ["candidate"] : []),
  ];
  return roles.length === 0 ? "" : ` (${roles.join(", ")})`;
}
