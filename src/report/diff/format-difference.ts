import { printable } from "../../runner/sanitize.ts";
import { formatCount, formatP, formatPoints, formatShare } from "../../steps/format.ts";
import { formatPointsInterval } from "../describe.ts";
import type { Difference, ExamChange, ModelChange, RowsChange, Side } from "./difference.ts";

/** A difference for a terminal, at 80 columns. */
export function formatDifference(difference: Difference): string {
  const { before, after, spec, rows, rules, exams, resampled, compared } = difference;
  const sections = [
    `${difference.name}: ${before.label} → ${after.label}`,
    [
      `verdict   ${verdictName(before)} → ${verdictName(after)}`,
      ...freshnessLines(before),
      ...freshnessLines(after),
    ].join("\n"),
    spec.length === 0
      ? "spec      says the same"
      : [
          "spec",
          ...spec.map(
            ({ step, text, line }) => `  ${step}: ${text}${line === undefined ? "" : `   line ${line}`}`,
          ),
        ].join("\n"),
    ...(rows.length === 0 ? [] : [["rows", ...rows.map((one) => `  ${describeRows(one)}`)].join("\n")]),
    ...(rules.length === 0
      ? []
      : [
          [
            "rules",
            ...rules.map(
              ({ step, rule, before, after }) =>
                `  ${step}.${rule}   dropped ${count(before)} → ${count(after)}`,
            ),
          ].join("\n"),
        ]),
    ...exams.map(formatExamChange),
    ...(resampled.length === 0 ? [] : [`resampled: ${resampled.join(", ")} (same inputs, other answers)`]),
    ...notCompared(compared),
  ];
  return `${sections.map(foreignLines).join("\n\n")}\n`;
}

/** `select.kept   1,612 → 1,498: 0 added, 114 removed, 0 changed`. */
export function describeRows({ rows, before, after, added, removed, changed, moved }: RowsChange): string {
  const parts = [
    `${formatCount(added)} added`,
    `${formatCount(removed)} removed`,
    `${formatCount(changed)} with another content`,
    ...(moved === 0 ? [] : [`${formatCount(moved)} moved in from another part`]),
  ];
  return `${rows}   ${formatCount(before)} → ${formatCount(after)}: ${parts.join(", ")}`;
}

/** What became of a model, in words. */
function describeModelChange({ change }: ModelChange): string {
  switch (change.type) {
    case "same answers":
      return "same answers";
    case "not comparable":
      return `not comparable: ${change.why}`;
    case "compared":
      return change.toRight + change.toWrong === 0
        ? "same outcomes"
        : `${formatPoints(change.difference)} (${formatPointsInterval(change)}), ${formatP(change.p)}`;
  }
}

/** PASS, FAIL, UNDECIDED or none. */
export function verdictName({ verdict }: Side): string {
  return verdict?.toUpperCase() ?? "none";
}

/** What to do about a side whose results are not those of its spec; nothing where they are. */
export function freshnessLines({ label, freshness }: Side): readonly string[] {
  switch (freshness.state) {
    case "fresh":
      return [];
    case "stale":
      return [`results of ${label} are stale: ${freshness.reason}`];
    case "missing":
      return [`results of ${label} are missing: ${freshness.reason}`];
  }
}

function formatExamChange({ grader, items, rows, models }: ExamChange): string {
  const width = Math.max(...models.map(({ model }) => model.length));
  const head = `${grader}, ${formatCount(items.after)} ${rows === undefined ? "" : `${rows} `}items${
    items.before === null || items.before === items.after ? "" : ` (${formatCount(items.before)} before)`
  }${items.shared > 0 && items.shared < items.after ? `, ${formatCount(items.shared)} of them in both` : ""}`;
  const lines = models.flatMap((one) => [
    `  ${one.model.padEnd(width)}  ${rate(one.before)} → ${rate(one.after)}   ${describeModelChange(one)}`,
    ...(one.change.type === "compared" && one.change.toRight + one.change.toWrong > 0
      ? [
          `  ${"".padEnd(width)}  ${formatCount(one.change.toRight)} from wrong to right, ${formatCount(one.change.toWrong)} from right to wrong`,
        ]
      : []),
    ...(one.kept === undefined
      ? []
      : [`  ${"".padEnd(width)}  keeps ${share(one.kept.before)} → ${share(one.kept.after)} of the traffic`]),
  ]);
  return [head, ...lines].join("\n");
}

function notCompared(compared: Difference["compared"]): readonly string[] {
  const equal = compared.filter(({ outcome }) => outcome === "equal").map(({ what }) => what);
  const open = compared.filter(({ outcome }) => outcome === "not compared");
  return [
    ...(equal.length === 0 ? [] : [fill(`equal: ${equal.join(", ")}`)]),
    ...(open.length === 0
      ? []
      : [["not compared", ...open.map(({ what, why }) => `  ${what}: ${why}`)].join("\n")]),
  ];
}

/** Words in lines of at most 80 columns, the later ones set in. */
function fill(text: string): string {
  const lines = [""];
  for (const word of text.split(" "))
    if (lines.at(-1) === "") lines[lines.length - 1] = word;
    else if (`${lines.at(-1)} ${word}`.length <= 78) lines[lines.length - 1] += ` ${word}`;
    else lines.push(`  ${word}`);
  return lines.join("\n");
}

/** A share in percent, or a dash. */
export function rate(value: number | null): string {
  return value === null ? "–" : formatShare(value);
}

function share(value: number | null): string {
  return value === null ? "–" : formatShare(value, 0);
}

function count(value: number | null): string {
  return value === null ? "–" : formatCount(value);
}

function foreignLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}
