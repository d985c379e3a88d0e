import type { Explanation } from "../runner/explain.ts";
import type { Cause, KnownContent } from "../runner/find-causes.ts";
import { printable } from "../runner/sanitize.ts";
import { terminalWidth, wrapWords } from "./fit-line.ts";

/**
 * Why a step ran, for a terminal of 80 columns:
 *
 *   student runs because an input changed.
 *
 *     rows   select.kept   9c1f… → 44ab…   1,612 → 1,498 rows
 *            └─ select: rule sure: >= 0.6 → >= 0.7   router.yaml:47
 *     base, target, hyperparameters: unchanged
 */
export function formatExplanation(options: {
  /** The spec, as it is shown. */
  readonly file: string;
  readonly explanation: Explanation;
  /** The revision that is compared with. */
  readonly rev: string | undefined;
}): string {
  const { file, explanation, rev } = options;
  const { unchanged } = explanation;
  const causes = unique(explanation.causes);
  const width = Math.max(
    0,
    ...causes.map((cause) => headOf(cause).length).filter((one) => one <= longestHead),
  );
  const lines = [
    ...wrapWords(headline({ ...explanation, causes }, rev), terminalWidth),
    ...(causes.length === 0 ? [] : [""]),
    ...causes.flatMap((cause) => causeLines(cause, { file, width })),
    ...(unchanged.length === 0
      ? []
      : wrapWords(`${unchanged.join(", ")}: unchanged`, terminalWidth - 2).map((line) => `  ${line}`)),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

const longestHead = 16;

// A grader that two gates name is one thing that changed.
function unique(causes: readonly Cause[]): readonly Cause[] {
  const told = ({ text, line, input }: Cause) => JSON.stringify([text, line, input?.parameter]);
  return [...new Map(causes.map((cause) => [told(cause), cause] as const).reverse()).values()].reverse();
}

function headline({ step, state, reason, causes }: Explanation, rev: string | undefined): string {
  const [cause] = causes;
  const what =
    causes.length > 1
      ? `${causes.length} things changed`
      : cause?.input === undefined
        ? "one thing changed"
        : "an input changed";
  const since = rev === undefined ? "" : ` since ${rev}`;
  switch (state) {
    case "kept":
      return rev === undefined
        ? `${step} is kept: nothing it depends on changed since it ran.`
        : `${step} is what it is in ${rev}: ${reason}.`;
    case "ran":
      return rev === undefined
        ? `${step} ran because ${what}; it is kept now.`
        : `${step} changed${since}, and was run before: ${what}.`;
    case "would-run":
      return rev === undefined
        ? `${step} would run because ${what}.`
        : `${step} runs because ${what}${since}.`;
    case "open":
      return `${step} runs if what comes before it changes: ${reason}.`;
    case "first":
      if (rev === undefined) return `${step} would run: ${reason}.`;
      return reason === "new" ? `${step} is new${since}.` : `${step} runs: ${reason}.`;
  }
}

interface Layout {
  readonly file: string;
  /** Of the first column. */
  readonly width: number;
}

function causeLines(cause: Cause, layout: Layout): readonly string[] {
  const head = headOf(cause).padEnd(layout.width);
  const indent = 2 + layout.width + 3;
  return [
    ...fitParts([head, ...partsOf(cause, layout.file)], { first: 2, next: indent }),
    ...unique(cause.because).flatMap((behind) => behindLines(behind, indent, layout.file)),
  ];
}

function behindLines(cause: Cause, indent: number, file: string): readonly string[] {
  const parts = [`└─ ${cause.step}: ${headOf(cause)}`, ...partsOf(cause, file)];
  // A long chain stays on the screen.
  const deeper = Math.min(indent + 3, terminalWidth / 2);
  return [
    ...fitParts(parts, { first: indent, next: deeper }),
    ...unique(cause.because).flatMap((behind) => behindLines(behind, deeper, file)),
  ];
}

function headOf({ input, name }: Cause): string {
  return input?.parameter ?? name;
}

/** What a cause tells after its first column: what it was and is, and where it stands. */
function partsOf({ input, before, after, line }: Cause, file: string): readonly string[] {
  if (input !== undefined)
    return [
      input.reference,
      `${digestOf(input.before)} → ${digestOf(input.after)}`,
      ...rowsOf(input.before, input.after),
    ];
  return [
    ...(before === undefined ? [] : [`${before} → ${after}`]),
    ...(line === undefined ? [] : [`${file}:${line}`]),
  ];
}

function digestOf(content: KnownContent | undefined): string {
  return content === undefined ? "not known yet" : `${content.digest.slice(0, 4)}…`;
}

function rowsOf(before: KnownContent | undefined, after: KnownContent | undefined): readonly string[] {
  const [was, is] = [before?.rows, after?.rows].map((rows) => rows?.toLocaleString("en-US"));
  if (was === undefined || is === undefined) return [];
  return [was === is ? `${is} rows` : `${was} → ${is} rows`];
}

/** Parts on one line as far as they fit, three spaces apart; what does not goes on the next. */
function fitParts(
  parts: readonly string[],
  { first, next }: { readonly first: number; readonly next: number },
): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const part of parts) {
    const margin = " ".repeat(lines.length === 0 ? first : next);
    const joined = line === "" ? `${margin}${part}` : `${line}   ${part}`;
    if (joined.length <= terminalWidth) {
      line = joined;
      continue;
    }
    if (line !== "") lines.push(line);
    const [last = "", ...before] = wrapWords(part, terminalWidth - next)
      .map((text, index) => `${" ".repeat(lines.length + index === 0 ? first : next)}${text}`)
      .reverse();
    lines.push(...before.reverse());
    line = last;
  }
  return [...lines, line].map((one) => one.trimEnd());
}
