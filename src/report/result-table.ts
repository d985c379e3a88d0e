import { widthOf } from "../runner/cells.ts";
import { foreign, type Paint, pad, wrapText } from "../runner/reporters/text-layout.ts";
import { formatShare } from "../steps/format.ts";
import {
  describeCascades,
  describeExam,
  formatConfidence,
  formatCost,
  formatInterval,
  formatMs,
} from "./describe.ts";
import type { Exam, Gate, Results } from "./results.ts";

/** Columns of a terminal. */
const columns = 80;

/**
 * What a run found, for a terminal: a table for each exam, the gates, and what the cascades are worth. Empty
 * where nothing was evaluated.
 */
export function formatResultTable({ exams }: Pick<Results, "exams">, paint: Paint): string {
  const blocks = [
    ...exams.map((exam) => drawTable(exam, paint)),
    [
      ...exams.flatMap(({ gates }) => gates).flatMap((gate) => drawGate(gate, paint)),
      ...exams.flatMap(describeCascades).flatMap(wrap),
    ],
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

function drawTable(exam: Exam, paint: Paint): readonly string[] {
  const head = ["", "", `${formatConfidence(exam.confidence)} interval`, "cost / 1,000", "p50"];
  const rows = exam.models.map((model) => [
    foreign(model.name),
    formatShare(model.rate),
    formatInterval(model),
    foreign(formatCost(model.cost)),
    formatMs(model.p50Ms),
  ]);
  const widths = head.map((title, at) => Math.max(widthOf(title), ...rows.map((row) => widthOf(row[at]!))));
  const title = foreign(describeExam(exam));
  // The title stands above the first two columns, and they make room for it.
  widths[1] = Math.max(widths[1]!, widthOf(title) - widths[0]! - gap.length - indent.length);
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => pad(cell, widths[at]!))
      .join(gap)
      .trimEnd();
  const lead = indent.length + widths[0]! + gap.length + widths[1]!;
  return [
    paint("bold", pad(title, lead)) + gap + paint("dim", line(head).slice(lead - indent.length + gap.length)),
    ...rows.map((row) => indent + line(row)),
  ];
}

const indent = "  ";
const gap = "   ";

function drawGate({ outcome, text }: Gate, paint: Paint): readonly string[] {
  const label = outcome.toUpperCase();
  const tone = { pass: "green", fail: "red", undecided: "yellow" } as const;
  return wrapText(foreign(text), columns - label.length - 2).map((part, at) =>
    at === 0 ? `${paint([tone[outcome], "bold"], label)}  ${part}` : `${" ".repeat(label.length + 2)}${part}`,
  );
}

function wrap(sentence: string): readonly string[] {
  return wrapText(foreign(sentence), columns);
}
