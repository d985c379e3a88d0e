import { widthOf } from "../runner/cells.ts";
import { foreign, type Paint, pad, wrapText } from "../runner/reporters/text-layout.ts";
import { formatShare } from "../steps/format.ts";
import {
  describeAgreement,
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
      ...drawGates(
        exams.flatMap(({ gates }) => gates),
        paint,
      ),
      ...exams.flatMap(describeAgreement).flatMap(wrap),
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
    formatMs(model.latency?.p50 ?? model.p50Ms),
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

function drawGates(gates: readonly Gate[], paint: Paint): readonly string[] {
  const label = Math.max(0, ...gates.map(({ outcome }) => outcome.length)) + 2;
  return gates.flatMap(({ outcome, text }) =>
    wrapFigures(foreign(text), columns - label).map((part, at) =>
      at === 0
        ? paint([tones[outcome], "bold"], outcome.toUpperCase()) + " ".repeat(label - outcome.length) + part
        : " ".repeat(label) + part,
    ),
  );
}

const tones = { pass: "green", fail: "red", undecided: "yellow" } as const;

/** Wraps, but never within `p = 0.081` or `−1.1 … +6.7`. */
function wrapFigures(text: string, width: number): readonly string[] {
  const joined = text.replace(/ (?=[=<…] )|(?<=[=<…]) (?=[\d+−])/g, "\u00a0");
  return wrapText(joined, width).map((part) => part.replaceAll("\u00a0", " "));
}

function wrap(sentence: string): readonly string[] {
  return wrapText(foreign(sentence), columns);
}
