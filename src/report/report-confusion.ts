import { describeExam } from "./describe.ts";
import { code, escapeMarkdown, table } from "./markdown.ts";
import type { Exam, ExamModel } from "./results.ts";

/** Who was taken for what, by the candidate and, where that is a cascade, by its first model. */
export function formatConfusions(exam: Exam): string {
  const candidate = exam.models.find(({ name }) => name === exam.candidate);
  const first = exam.models.find(({ name }) => name === candidate?.cascade?.first);
  return [candidate, first]
    .flatMap((model) => (model?.labels === undefined ? [] : [formatLabels(exam, model.name, model.labels)]))
    .join("\n\n");
}

type Labels = NonNullable<ExamModel["labels"]>;

/** A table of more labels than this is read by nobody. */
const maxLabels = 20;

function formatLabels(exam: Exam, model: string, { confusion, macro_f1 }: Labels): string {
  const { labels } = confusion;
  const whole = labels.length <= maxLabels;
  const cut = whole ? "" : ` Of ${labels.length} labels, the confusions that came most often.`;
  return [
    `## Who is taken for what: ${escapeMarkdown(model)}`,
    `${escapeMarkdown(describeExam(exam))}. Macro-F1 ${macro_f1.toFixed(3)}.${cut}`,
    whole ? formatMatrix(confusion) : formatWorst(confusion),
  ].join("\n\n");
}

function formatMatrix({ labels, counts, other }: Labels["confusion"]): string {
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
  return table(head, rows, head.map((_, at) => at).slice(1));
}

function formatWorst({ labels, counts, other }: Labels["confusion"]): string {
  const confusions = labels.flatMap((expected, at) => [
    ...labels.map((answered, column) => ({
      expected,
      answered: code(answered),
      count: column === at ? 0 : counts[at]![column]!,
    })),
    { expected, answered: "none of these", count: other[at]! },
  ]);
  const worst = confusions
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, maxLabels);
  return table(
    ["expected", "answered", "answers"],
    worst.map(({ expected, answered, count }) => [code(expected), answered, String(count)]),
    [2],
  );
}
