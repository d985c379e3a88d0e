import { printable } from "./sanitize.ts";

/** One character as a person sees it, safe to print. */
export interface Cell {
  readonly text: string;
  /** Terminal columns that it takes. */
  readonly width: number;
  /** Its place in the line, UTF-16 units; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

/** Cuts a stretch of a line into cells. */
export function cellsOf(line: string, from = 0, to = line.length): readonly Cell[] {
  const stretch = line.slice(from, to);
  if (/^[\x20-\x7e]*$/.test(stretch)) {
    return Array.from(stretch, (text, at) => ({ text, width: 1, start: from + at, end: from + at + 1 }));
  }
  return Array.from(graphemes().segment(stretch), ({ segment, index }) => {
    const start = from + index;
    return { ...cellOf(segment), start, end: start + segment.length };
  });
}

/** Terminal columns of a text that is safe already. */
export function widthOf(text: string): number {
  return cellsOf(text).reduce((sum, { width }) => sum + width, 0);
}

let segmenter: Intl.Segmenter | undefined;

// Made when a line is first drawn: to make one takes as long as reading a spec.
function graphemes(): Intl.Segmenter {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return segmenter;
}
const TAB = "    ";

function cellOf(cluster: string): { text: string; width: number } {
  if (cluster === "\t") return { text: TAB, width: TAB.length };
  const text = printable(cluster);
  // A mark without a letter would sit on whatever stands before it.
  if (/^[\p{M}\u200c\u200d]/u.test(text)) return { text: `\u25cc${text}`, width: 1 };
  if (text !== cluster) return { text, width: [...text.replace(/\p{M}/gu, "")].length };
  return { text, width: WIDE.test(text) ? 2 : 1 };
}

/** East Asian wide and full-width characters, and emoji (Unicode TR 11, by script). */
const WIDE =
  /\p{Emoji_Presentation}|\ufe0f|(?![\uff61-\uff9f\uffa0-\uffdc])[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Bopomofo}\p{sc=Yi}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
