import { formatCount, formatP, formatPoints, formatShare } from "../../steps/format.ts";
import { formatPointsInterval } from "../describe.ts";
import { code, escapeMarkdown, table } from "../markdown.ts";
import type { Difference, ExamChange, ModelChange, Side } from "./difference.ts";
import { describeRows, freshnessLines, rate, verdictName } from "./format-difference.ts";

/**
 * A difference as Markdown for a pull request: the verdict first, one table, what changed, and the rest folded away.
 */
export function formatComment(difference: Difference): string {
  const { name, before, after, spec, rows, rules, exams, resampled, compared } = difference;
  const stale = [...freshnessLines(after), ...freshnessLines(before)];
  const sections = [
    `### distill: ${escapeMarkdown(name)} ${badge(after)}${
      before.verdict === after.verdict ? "" : ` (was ${badge(before)} on ${escapeMarkdown(before.label)})`
    }`,
    ...stale.map((line) => `> ⚠️ ${escapeMarkdown(line)}`),
    ...exams.map((exam) => examTable(difference, exam)),
    changedSentence(difference),
    ...exams.flatMap(movedSentences),
    ...(resampled.length === 0
      ? []
      : [`Resampled (same inputs, other answers): ${resampled.map(escapeMarkdown).join(", ")}.`]),
    details("What changed in the spec", [
      ...spec.map(
        ({ step, text, line }) =>
          `- ${code(step)} ${escapeMarkdown(text)}${line === undefined ? "" : ` (line ${line})`}`,
      ),
      ...rows.map((one) => `- ${escapeMarkdown(describeRows(one))}`),
      ...rules.map(
        ({ step, rule, before, after }) =>
          `- rule ${code(`${step}.${rule}`)} drops ${before ?? "–"} → ${after ?? "–"} rows`,
      ),
    ]),
    details("What was compared", [
      table(
        ["what", "outcome", "why"],
        compared.map(({ what, outcome, why }) => [
          escapeMarkdown(what),
          outcome,
          why === "" ? "" : escapeMarkdown(why),
        ]),
      ),
    ]),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function badge(side: Side): string {
  const mark = { pass: "✅", fail: "❌", undecided: "❔", none: "▫️" }[side.verdict ?? "none"];
  return `${mark} ${verdictName(side)}`;
}

function examTable({ before, after }: Difference, exam: ExamChange): string {
  const { grader, items, rows, models } = exam;
  const label = `${grader}, ${formatCount(items.after)}${rows === undefined ? "" : ` ${rows}`} items`;
  return table(
    [escapeMarkdown(label), escapeMarkdown(before.label), escapeMarkdown(after.label), "difference"],
    models.flatMap((model) => [
      [escapeMarkdown(model.model), rate(model.before), rate(model.after), change(model)],
      ...(model.kept === undefined
        ? []
        : [
            [
              `traffic kept by ${escapeMarkdown(model.model)}`,
              model.kept.before === null ? "–" : formatShare(model.kept.before, 0),
              model.kept.after === null ? "–" : formatShare(model.kept.after, 0),
              model.kept.before === null || model.kept.after === null
                ? ""
                : formatPoints(model.kept.after - model.kept.before),
            ],
          ]),
    ]),
    [1, 2],
  );
}

function change({ change }: ModelChange): string {
  switch (change.type) {
    case "same answers":
      return "same answers";
    case "not comparable":
      return `not comparable: ${escapeMarkdown(change.why)}`;
    case "compared":
      return change.toRight + change.toWrong === 0
        ? "same outcomes"
        : `${formatPoints(change.difference)} (${formatPointsInterval(change)}) ${formatP(change.p)}`;
  }
}

function changedSentence({ spec, rows }: Difference): string {
  if (spec.length === 0 && rows.length === 0) return "The spec says the same.";
  const first = spec.slice(0, 3).map(({ step, text }) => `${code(step)} ${escapeMarkdown(text)}`);
  const more = spec.length > 3 ? ` and ${spec.length - 3} more` : "";
  const kept = rows.find(({ rows }) => rows.endsWith(".kept"));
  const fewer =
    kept === undefined
      ? ""
      : ` ${formatCount(Math.abs(kept.after - kept.before))} rows ${kept.after < kept.before ? "fewer" : "more"} in ${code(kept.rows)}, ${formatCount(kept.changed)} with another content.`;
  return `${first.length === 0 ? "" : `Changed: ${first.join("; ")}${more}.`}${fewer}`.trim();
}

function movedSentences({ grader, models }: ExamChange): readonly string[] {
  return models.flatMap(({ model, change }) =>
    change.type === "compared" && change.toRight + change.toWrong > 0
      ? [
          `${escapeMarkdown(model)} (${escapeMarkdown(grader)}): ${formatCount(change.toRight)} items went from wrong to right, ${formatCount(change.toWrong)} from right to wrong.`,
        ]
      : [],
  );
}

function details(title: string, lines: readonly string[]): string {
  return lines.length === 0
    ? ""
    : `<details><summary>${title}</summary>\n\n${lines.join("\n")}\n\n</details>`;
}
