import { printable } from "../runner/sanitize.ts";
import { terminalWidth, wrapWords } from "./fit-line.ts";

/** One thing that was looked at. */
export interface Finding {
  /** What it is about, such as `store` or a model's name. */
  readonly about: string;
  /** `note`: worth knowing, and nothing is wrong. */
  readonly state: "good" | "note" | "bad";
  readonly text: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
}

/** Findings under one title. */
export interface FindingGroup {
  readonly title: string;
  readonly findings: readonly Finding[];
}

/**
 * Findings for a terminal of 80 columns, each with what to do about it below.
 *
 *   ✓ store   writable, 12.3 GB free
 *   ✗ openai  OPENAI_API_KEY is not set
 *             set OPENAI_API_KEY to the key
 */
export function formatFindings(groups: readonly FindingGroup[]): string {
  return `${groups.map(formatGroup).join("\n\n")}\n`;
}

const marks = { good: "✓", note: "!", bad: "✗" } as const;

function formatGroup({ title, findings }: FindingGroup): string {
  const names = Math.max(...findings.map(({ about }) => printable(about).length));
  const lines = findings.flatMap(({ about, state, text, hint }) => {
    const first = `  ${marks[state]} ${printable(about).padEnd(names)}  `;
    const below = " ".repeat(first.length);
    const room = terminalWidth - first.length;
    const texts = [text, ...(hint === undefined ? [] : [hint])].flatMap((one) =>
      wrapWords(printable(one), room),
    );
    return texts.map((line, index) => `${index === 0 ? first : below}${line}`);
  });
  return [printable(title), ...lines].join("\n");
}
