import { describeAgreement, describeCascades } from "./describe.ts";
import { fitSections, type Section } from "./fit-sections.ts";
import { escapeMarkdown } from "./markdown.ts";
import { formatCascade, formatSelection } from "./report-choices.ts";
import { formatConfusions } from "./report-confusion.ts";
import { formatDifferences, formatExam } from "./report-exam.ts";
import { formatTests } from "./report-gates.ts";
import { formatSlices, formatSpread } from "./report-parts.ts";
import { formatGaps, formatRecord } from "./report-record.ts";
import type { Gate, Results, TestLooks } from "./results.ts";

/**
 * The report of a run as Markdown, verdict first. It says only what would come out again from the same spec on
 * any machine: no time, no place and no latency but a recorded one, so that it can be committed.
 */
export function formatReport(
  results: Results,
  { charts = [] }: { readonly charts?: readonly ReportChart[] } = {},
): string {
  const { exams, selections, cascades } = results;
  const drawn = (kind: string) =>
    charts
      .filter(({ name }) => name === kind || name.startsWith(`${kind}-`))
      .map(({ file, text }) => `![${escapeMarkdown(text)}](${encodeURI(file)})`);
  const named = (name: string, texts: readonly string[]): readonly Section[] =>
    texts.map((text) => ({ name, text }));
  const always = (...texts: readonly string[]): readonly Section[] => texts.map((text) => ({ text }));
  return fitSections([
    ...always(
      `# distill: ${escapeMarkdown(results.name)} ${badge(results.verdict)}`,
      escapeMarkdown(results.description ?? ""),
      list([...exams.flatMap(({ gates }) => gates).map(formatGate)]),
      exams.flatMap(describeAgreement).map(escapeMarkdown).join("\n"),
      exams.flatMap(describeCascades).map(escapeMarkdown).join("\n"),
      list(results.looks.map(formatLooks)),
      ...exams.map(formatExam),
      ...drawn("comparison"),
    ),
    ...named("how the gates were tested", [formatTests(exams)]),
    ...named("differences", [...exams.map(formatDifferences), ...drawn("differences")]),
    ...named("slices", [...exams.flatMap(formatSlices), ...drawn("slices")]),
    ...always(...formatSpread(exams)),
    ...named("selections", [...selections.map(formatSelection), ...drawn("selection")]),
    ...named("cascades", [
      ...cascades.map((cascade) => formatCascade(cascade, exams)),
      ...drawn("cascade"),
      ...drawn("quality"),
    ]),
    ...named("who is taken for what", exams.map(formatConfusions)),
    ...named("what ran", [formatRecord(results)]),
    ...named("what is not known", [formatGaps(results)]),
  ]);
}

/** A chart beside the report. */
export interface ReportChart {
  readonly name: string;
  /** Path from the report's folder, with forward slashes. */
  readonly file: string;
  /** What it shows in words. */
  readonly text: string;
}

function formatLooks({ rows, times, level }: TestLooks): string {
  const often = times === 1 ? "once" : `${times} times`;
  const judged = level === undefined ? "" : `: gates are judged at ${Number(level.toPrecision(2))}`;
  return escapeMarkdown(`${rows} was looked at ${often}${judged}`);
}

function badge(verdict: Results["verdict"]): string {
  switch (verdict) {
    case "pass":
      return "✅ PASS";
    case "fail":
      return "❌ FAIL";
    case "undecided":
      return "❔ UNDECIDED";
    case null:
      return "(no verdict)";
  }
}

function formatGate({ outcome, text }: Gate): string {
  return `**${outcome.toUpperCase()}** ${escapeMarkdown(text)}`;
}

function list(entries: readonly string[]): string {
  return entries.map((entry) => `- ${entry}`).join("\n");
}
