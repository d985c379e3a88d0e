import type { Range } from "../diagnostic.ts";
import { maskSecrets } from "../secret-patterns.ts";

/** Offsets into the text: start, and end (exclusive). */
export type Span = readonly [start: number, end: number];

/** A text's lines. Columns are 1-based UTF-16 units, as editors count them. */
export interface Lines {
  /** The place of a stretch of text. */
  rangeOf(span: Span): Range;
  /** The line on which a range begins, without its line break, secrets masked; undefined beyond the text. */
  sourceOf(range: Range): string | undefined;
}

/** Indexes a text by lines; LF and CRLF end a line. */
export function indexLines(text: string): Lines {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  // The whole text is masked at once: a private key spans lines.
  let masked: string | undefined;

  const positionOf = (offset: number) => {
    const at = Math.max(0, Math.min(offset, text.length));
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= at) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: at - starts[low]! + 1 };
  };

  return {
    rangeOf([start, end]) {
      const from = positionOf(start);
      const to = positionOf(Math.max(start, end));
      return { ...from, endLine: to.line, endColumn: to.column };
    },
    sourceOf({ line }) {
      const start = starts[line - 1];
      if (start === undefined || text === "") return undefined;
      masked ??= maskSecrets(text);
      const source = masked.slice(start, (starts[line] ?? masked.length + 1) - 1);
      return source.endsWith("\r") ? source.slice(0, -1) : source;
    },
  };
}
