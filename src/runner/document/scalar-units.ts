import type { CST, Scalar } from "yaml";
import type { Span } from "./lines.ts";
import type { Piece } from "./vars.ts";

/** The stretch of the text that wrote a stretch of a scalar's value; undefined where it cannot be followed. */
export function spanInside(options: {
  readonly scalar: Scalar;
  /** How variables changed the value. */
  readonly pieces?: readonly Piece[] | undefined;
  readonly offset: number;
  readonly length: number;
}): Span | undefined {
  const { scalar, pieces, offset, length } = options;
  const units = UNITS.get(scalar) ?? mapUnits(scalar);
  if (units === undefined || units.starts.length === 0) return undefined;
  const from = Math.max(0, offset);
  const first = rawUnit(pieces, from, "start");
  const last = rawUnit(pieces, from + Math.max(1, length) - 1, "end");
  // An offset at the very end of the value stands behind its last unit.
  const end = units.ends.at(-1)!;
  const start = units.starts[first] ?? end;
  return [start, units.ends[last] ?? Math.max(end, start + 1)];
}

/** What was followed once, for a long text is asked about often. */
const UNITS = new WeakMap<Scalar, Units>();

/** The unit of the text as written that gave a unit of the text after substitution. */
function rawUnit(pieces: readonly Piece[] | undefined, unit: number, side: "start" | "end"): number {
  if (pieces === undefined) return unit;
  const piece = pieces.find(({ from, to }) => unit >= from && unit < to);
  if (piece === undefined) return pieces.at(-1)?.rawTo ?? unit;
  if (piece.exact) return piece.rawFrom + unit - piece.from;
  return side === "start" ? piece.rawFrom : piece.rawTo - 1;
}

/** For every UTF-16 unit of a scalar's value, the stretch of the text that wrote it. */
interface Units {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Follows a scalar's units back into the text; undefined where that does not give its value again. */
function mapUnits(scalar: Scalar): Units | undefined {
  const token = scalar.srcToken;
  const trace = createTrace();
  switch (token?.type) {
    case "scalar":
      traceLines(trace, token.source, token.offset);
      break;
    case "single-quoted-scalar":
      traceLines(trace, token.source.slice(1, -1), token.offset + 1, /''/y);
      break;
    case "double-quoted-scalar":
      traceDouble(trace, token.source, token.offset);
      break;
    case "block-scalar":
      traceBlock(trace, token);
      break;
    default:
      return undefined;
  }
  // The parser's own reading decides; this one only has to be able to follow it.
  if (trace.text() !== scalar.source) return undefined;
  UNITS.set(scalar, trace);
  return trace;
}

interface Trace extends Units {
  /** Adds units that one stretch of the text wrote together. */
  put(value: string, start: number, end: number): void;
  /** Adds a stretch that stands for itself. */
  copy(value: string, start: number): void;
  text(): string;
}

function createTrace(): Trace {
  const starts: number[] = [];
  const ends: number[] = [];
  const parts: string[] = [];
  const put = (value: string, start: number, end: number) => {
    parts.push(value);
    for (let unit = 0; unit < value.length; unit += 1) {
      starts.push(start);
      ends.push(end);
    }
  };
  const copy = (value: string, start: number) => {
    parts.push(value);
    for (let unit = 0; unit < value.length; unit += 1) {
      starts.push(start + unit);
      ends.push(start + unit + 1);
    }
  };
  return { starts, ends, put, copy, text: () => parts.join("") };
}

interface Line {
  readonly text: string;
  readonly start: number;
}

function splitLines(source: string, offset: number): Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (const line of source.split("\n")) {
    lines.push({ text: line, start: offset + start });
    start += line.length + 1;
  }
  return lines.map(({ text, start }, index) => ({
    text: index < lines.length - 1 && text.endsWith("\r") ? text.slice(0, -1) : text,
    start,
  }));
}

/** Plain and single-quoted text: a line break is a space, an empty line is a line break. */
function traceLines(trace: Trace, source: string, offset: number, pair?: RegExp): void {
  const lines = splitLines(source, offset);
  let fold: { value: string; at: number } | undefined;
  for (const [index, { text, start }] of lines.entries()) {
    const cut = index === 0 ? 0 : text.length - text.replace(/^[ \t]+/, "").length;
    const kept = index === lines.length - 1 ? text.slice(cut) : trimEnd(text.slice(cut));
    const inner = index > 0 && index < lines.length - 1;
    if (inner && kept === "") {
      if (fold?.value === "\n") trace.put("\n", start, start + 1);
      else fold = { value: "\n", at: start };
      continue;
    }
    if (fold !== undefined) trace.put(fold.value, fold.at, fold.at + 1);
    if (pair === undefined) trace.copy(kept, start + cut);
    else tracePairs(trace, kept, start + cut, pair);
    fold = { value: " ", at: start + text.length };
  }
}

/** A quote written twice is one quote. */
function tracePairs(trace: Trace, text: string, offset: number, pair: RegExp): void {
  for (let at = 0; at < text.length; at += 1) {
    pair.lastIndex = at;
    if (pair.test(text)) {
      trace.put(text[at]!, offset + at, offset + at + 2);
      at += 1;
    } else {
      trace.copy(text[at]!, offset + at);
    }
  }
}

function traceDouble(trace: Trace, source: string, offset: number): void {
  const inner = source.slice(0, -1);
  const step = /\\(?:\r?\n[ \t]*|x(.{2})|u(.{4})|U(.{8})|(.))|[ \t]*\r?\n(?:[ \t]*\r?\n)*[ \t]*|[^\\\n]/sy;
  step.lastIndex = 1;
  for (let match = step.exec(inner); match !== null; match = step.exec(inner)) {
    const [written, x, u, long, letter] = match;
    const start = offset + match.index;
    const code = x ?? u ?? long;
    if (code !== undefined) trace.put(codePoint(code), start, start + written.length);
    else if (letter !== undefined) trace.put(ESCAPES[letter] ?? letter, start, start + written.length);
    else if (written.startsWith("\\")) continue;
    else if (written.includes("\n")) {
      const breaks = written.split("\n").length - 1;
      trace.put(breaks === 1 ? " " : "\n".repeat(breaks - 1), start, start + written.length);
    } else trace.copy(written, start);
  }
}

const ESCAPES: { readonly [letter: string]: string } = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  e: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  N: "\u0085",
  _: "\u00a0",
  L: "\u2028",
  P: "\u2029",
};

function codePoint(hex: string): string {
  const code = Number.parseInt(hex, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : "";
}

/** Literal and folded blocks, YAML 1.2.2, 8.1. */
function traceBlock(trace: Trace, token: CST.BlockScalar): void {
  const header = token.props.map((prop) => ("source" in prop ? prop.source : "")).join("");
  const [, mode, indicators = ""] = /^([|>])([-+0-9]*)/.exec(header) ?? [];
  const lines = splitLines(token.source, token.offset + header.length);
  const given = /[1-9]/.exec(indicators)?.[0];
  const firstText = lines.find(({ text }) => text.trim() !== "");
  const indent =
    given === undefined ? (firstText?.text.search(/[^ ]/) ?? 0) : Math.max(0, token.indent) + Number(given);
  const bare = lines.map(({ text, start }) => ({ text: text.slice(indent), start: start + indent }));
  const last = bare.findLastIndex(({ text }) => text !== "");
  let fold: Line | undefined;
  let wasText = false;
  for (const { text, start } of bare.slice(0, last + 1)) {
    const breakAt = { text: "\n", start: start + text.length };
    const isText = text !== "" && !/^[ \t]/.test(text);
    if (fold !== undefined) {
      // Between two lines of text a folded break is a space, and vanishes before an empty line.
      if (mode === "|" || !wasText || text !== "") {
        trace.put(mode === ">" && wasText && isText ? " " : "\n", fold.start, fold.start + 1);
      }
    }
    trace.copy(text, start);
    fold = breakAt;
    wasText = isText;
  }
  const tail = bare.slice(last + 1);
  if (fold !== undefined && !indicators.includes("-")) trace.put("\n", fold.start, fold.start + 1);
  if (indicators.includes("+")) for (const { start } of tail.slice(0, -1)) trace.put("\n", start, start + 1);
}

/** A loop, for a regular expression would try anew from every blank. */
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === " " || text[end - 1] === "\t")) end -= 1;
  return text.slice(0, end);
}
