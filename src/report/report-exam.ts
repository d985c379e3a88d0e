import type { DifferenceFacts } from "../steps/compare-models.ts";
import { formatCount, formatP, formatPoints, formatShare } from "../steps/format.ts";
import {
  describeExam,
  formatConfidence,
  formatCost,
  formatInterval,
  formatPointsInterval,
} from "./describe.ts";
import { code, escapeMarkdown, table } from "./markdown.ts";
import type { Exam, ExamModel } from "./results.ts";

/** Every model's rate with its interval, and what it costs. */
export function formatExam(exam: Exam): string {
  const labelled = exam.models.some(({ labels }) => labels !== undefined);
  const head = [
    escapeMarkdown(describeExam(exam)),
    "passed",
    `${formatConfidence(exam.confidence)} interval`,
    ...(labelled ? ["macro-F1"] : []),
    "cost / 1,000",
  ];
  const rows = exam.models.map((model) => [
    escapeMarkdown(model.name) + roleOf(model, exam),
    formatShare(model.rate),
    formatInterval(model),
    ...(labelled ? [model.labels === undefined ? "–" : model.labels.macro_f1.toFixed(3)] : []),
    escapeMarkdown(formatCost(model.cost)),
  ]);
  return table(head, rows, labelled ? [1, 3] : [1]);
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
    "McNemar",
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
    table(head, rows, [1, 4, 5]),
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
    const { difference, p, only_this, only_other } = facts;
    return [
      [
        `${escapeMarkdown(model.name)} against ${escapeMarkdown(other)}`,
        formatPoints(difference),
        formatPointsInterval(facts),
        formatP(p),
        formatCount(only_this),
        formatCount(only_other),
      ],
    ];
  });
}

/** Who was taken for what, by the candidate and, where that is a cascade, by its first model. */
export function formatConfusions(exam: Exam): string {
  const candidate = exam.models.find(({ name }) => name === exam.candidate);
  const first = exam.models.find(({ name }) => name === candidate?.cascade?.first);
  return [candidate, first]
    .flatMap((model) =>
      model?.labels === undefined ? [] : [formatConfusion(exam, model.name, model.labels)],
    )
    .join("\n\n");
}

function formatConfusion(
  exam: Exam,
  model: string,
  { confusion, macro_f1 }: NonNullable<ExamModel["labels"]>,
): string {
  const { labels, counts, other } = confusion;
  const others = other.some((count) => count > 0);
  const head = [
    "expected ↓ answered →",
    ...labels.map((_, at) => String(at + 1)),
    ...(others ? ["none of these"] : []),
  ];
  const rows = labels.map((label, at) => [
    `${at + 1} ${code(label)}`,
    ...counts[at]!.map((count, column) =>
      count === 0 ? "·" : column === at ? `**${count}**` : String(count),
    ),
    ...(others ? [other[at] === 0 ? "·" : String(other[at])] : []),
  ]);
  return [
    `## Who is taken for what: ${escapeMarkdown(model)}`,
    `${escapeMarkdown(describeExam(exam))}. Macro-F1 ${macro_f1.toFixed(3)}.`,
    table(head, rows, head.map((_, at) => at).slice(1)),
  ].join("\n\n");
}

function roleOf({ name }: ExamModel, { teacher, base, candidate }: Exam): string {
  const roles = [
    ...(name === teacher && name !== "teacher" ? ["teacher"] : []),
    ...(name === base && name !== "base" ? ["base"] : []),
    ...(name === candidate && name !== "candidate" ? ["candidate"] : []),
  ];
  return roles.length === 0 ? "" : ` (${roles.join(", ")})`;
}
