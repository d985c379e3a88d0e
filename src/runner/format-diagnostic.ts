import { styleText } from "node:util";
import { type Cell, cellsOf, widthOf } from "./cells.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { printable } from "./sanitize.ts";
import { maskSecrets } from "./secret-patterns.ts";

/** How diagnostics are drawn. */
export interface FormatOptions {
  readonly color: boolean;
}

/**
 * Draws one diagnostic:
 *
 *     router.yaml:31:11 error: no step or dataset is called "captur"
 *        31 |     rows: captur
 *           |           ~~~~~~ did you mean "capture"?
 */
export function formatDiagnostic(diagnostic: Diagnostic, { color }: FormatOptions): string {
  const paint: Paint = (style, text) => (color ? styleText(style, text, { validateStream: false }) : text);
  return [headLine(diagnostic, paint), ...bodyLines(diagnostic, paint)].join("\n");
}

/** Draws diagnostics in the order of their places, with an empty line between them; each only once. */
export function formatDiagnostics(list: readonly Diagnostic[], options: FormatOptions): string {
  const drawn = list.toSorted(byPlace).map((diagnostic) => formatDiagnostic(diagnostic, options));
  return [...new Set(drawn)].join("\n\n");
}

/** Says how many there are: `2 errors, 1 warning`. */
export function countDiagnostics(list: readonly Diagnostic[]): string {
  const errors = list.filter(({ severity }) => severity === "error").length;
  const counts = [count(errors, "error"), count(list.length - errors, "warning")];
  return counts.filter((text) => text !== undefined).join(", ") || "no errors";
}

type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/** Columns for hints, columns for source lines (a line up to this long is drawn whole), width of the gutter. */
const HINT_COLUMNS = 80;
const SOURCE_COLUMNS = 100;
const GUTTER = "      | ";

function byPlace(a: Diagnostic, b: Diagnostic): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return (a.range?.line ?? 0) - (b.range?.line ?? 0) || (a.range?.column ?? 0) - (b.range?.column ?? 0);
}

function count(amount: number, word: string): string | undefined {
  if (amount === 0) return undefined;
  return amount === 1 ? `1 ${word}` : `${amount} ${word}s`;
}

/** What a stranger's file may put on the terminal. */
function safe(text: string): string {
  const line = printable(maskSecrets(text));
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}

const LONGEST = 500;

function headLine({ file, range, severity, message }: Diagnostic, paint: Paint): string {
  const place = range === undefined ? safe(file) : `${safe(file)}:${range.line}:${range.column}`;
  return `${paint("bold", place)} ${paint(SEVERITY[severity], severity)}: ${safe(message)}`;
}

const SEVERITY = { error: "red", warning: "yellow" } as const;

function bodyLines(diagnostic: Diagnostic, paint: Paint): string[] {
  const { range, source, hint } = diagnostic;
  if (range === undefined || source === undefined) {
    return hint === undefined ? [] : wrap(safe(hint), HINT_COLUMNS - 2).map((line) => `  ${line}`);
  }
  const line = source.split(/\r?\n/, 1)[0]!;
  const end = range.endLine > range.line ? line.trimEnd().length + 1 : range.endColumn;
  // Nothing further away than this can be seen; a hostile line may be a megabyte.
  const cut = Math.max(0, Math.min(range.column - 1, line.length) - 2 * REACH);
  const around = maskSecrets(line.slice(cut, cut + 4 * REACH));
  const view = viewOf(around, range.column - 1 - cut, Math.max(range.column, end - 1) - cut);
  const number = `${String(range.line).padStart(GUTTER.length - 3)} | `;
  const squiggle = " ".repeat(view.before) + paint(SEVERITY[diagnostic.severity], "~".repeat(view.marked));
  const bar = paint("dim", GUTTER);
  const below = hint === undefined ? [] : hintLines(safe(hint), view.before, view.marked);
  return [
    `${paint("dim", number)}${view.text}`.trimEnd(),
    [bar + squiggle, ...below.slice(0, 1).filter((text) => text !== "")].join(" "),
    ...below.slice(1).map((text) => bar + text),
  ];
}

interface View {
  readonly text: string;
  /** Columns before the squiggle, and columns of it. */
  readonly before: number;
  readonly marked: number;
}

/** The part of a line around a range that fits, and where the range lies in it. */
function viewOf(line: string, start: number, end: number): View {
  const near = cellsOf(line, Math.max(0, start - REACH), Math.min(line.length, start + REACH));
  const first = near.findIndex((cell) => cell.end > start);
  const at = first < 0 ? near.length : first;
  const whole = near.length > 0 && near[0]!.start === 0 && near.at(-1)!.end === line.length;
  const fits = whole && columns(near) <= SOURCE_COLUMNS;
  const from = fits ? 0 : windowStart(near, at, end);
  const to = fits ? near.length : windowEnd(near, from);
  const shown = near.slice(from, to);
  const left = (near[from]?.start ?? 0) > 0 ? "…" : "";
  const right = (near[to - 1]?.end ?? line.length) < line.length ? "…" : "";
  return {
    text: left + shown.map(({ text }) => text).join("") + right,
    before: left.length + columns(near.slice(from, at)),
    marked: Math.max(1, columns(near.slice(at, to).filter((cell) => cell.start < end))),
  };
}

const REACH = 400;

/** Far enough left to see what leads up to the range, not so far that the range runs out of the window. */
function windowStart(cells: readonly Cell[], at: number, end: number): number {
  const room = SOURCE_COLUMNS - 2;
  const after = columns(cells.slice(at));
  const marked = columns(cells.slice(at).filter((cell) => cell.start < end));
  let budget = Math.max(LEAD, room - after);
  if (marked > room - LEAD) budget = Math.min(budget, LEAD);
  let from = at;
  for (; from > 0 && budget >= cells[from - 1]!.width; from -= 1) budget -= cells[from - 1]!.width;
  return from;
}

const LEAD = 40;

function windowEnd(cells: readonly Cell[], from: number): number {
  let budget = SOURCE_COLUMNS - 2;
  let to = from;
  for (; to < cells.length && budget >= cells[to]!.width; to += 1) budget -= cells[to]!.width;
  return to;
}

function columns(cells: readonly Cell[]): number {
  return cells.reduce((sum, { width }) => sum + width, 0);
}

/** A hint's lines: the first one goes beside the squiggle (empty where there is no room), the others below. */
function hintLines(hint: string, before: number, marked: number): string[] {
  const column = before + marked + 1;
  const used = GUTTER.length + column;
  const width = widthOf(hint);
  const room = HINT_COLUMNS - used;
  if (width > room && room < NARROW && used + width <= SOURCE_COLUMNS) return [hint];
  if (width <= room || room >= NARROW) {
    return wrap(hint, room).map((line, index) => (index === 0 ? line : " ".repeat(column) + line));
  }
  // Below: under the squiggle, or as far left of that as it takes to stay on one line.
  const indent = Math.min(before, Math.max(2, HINT_COLUMNS - GUTTER.length - width));
  const lines = wrap(hint, HINT_COLUMNS - GUTTER.length - indent);
  return ["", ...lines.map((line) => " ".repeat(indent) + line)];
}

const NARROW = 24;

function wrap(text: string, columnsOfLine: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= columnsOfLine)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
