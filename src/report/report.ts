import { describeCascades } from "./describe.ts";
import { escapeMarkdown } from "./markdown.ts";
import { formatCascade, formatSelection } from "./report-choices.ts";
import { formatConfusions, formatDifferences, formatExam } from "./report-exam.ts";
import { formatGaps, formatRecord } from "./report-record.ts";
import type { Gate, Results } from "./results.ts";

/**
 * The report of a run as Markdown, verdict first. It says only what would come out again from the same spec on
 * any machine: no time, no place and no latency, so that it can be committed.
 */
export function formatReport(results: Results): string {
  const { exams, selections, cascades } = results;
  const sections = [
    `# distill: ${escapeMarkdown(results.name)} ${badge(results.verdict)}`,
    list([...exams.flatMap(({ gates }) => gates).map(formatGate)]),
    exams.flatMap(describeCascades).map(escapeMarkdown).join("\n"),
    ...exams.map(formatExam),
    ...exams.map(formatDifferences),
    ...selections.map(formatSelection),
    ...cascades.map((cascade) => formatCascade(cascade, exams)),
    ...exams.map(formatConfusions),
    formatRecord(results),
    formatGaps(results),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
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
