import { styleText } from "node:util";
import { cellsOf, widthOf } from "../cells.ts";
import { defuse, printable } from "../sanitize.ts";
import { maskSecrets } from "../secret-patterns.ts";

/** Columns of everything that is drawn. */
export const lineWidth = 78;

/** Fills a text with spaces on its right (`end`) or left (`start`) to so many columns. */
export function pad(text: string, columns: number, side: "end" | "start" = "end"): string {
  const space = " ".repeat(Math.max(0, columns - widthOf(text)));
  return side === "end" ? text + space : space + text;
}

/** Breaks a line at spaces so that no part is wider than `columns`; what fits keeps its own spaces. */
export function wrapText(line: string, columns: number): readonly string[] {
  if (widthOf(line) <= columns) return [defuse(line)];
  const parts: string[] = [];
  let part = "";
  for (const word of line.split(" ")) {
    if (part !== "" && widthOf(`${part} ${word}`) > columns) {
      parts.push(part.trimEnd());
      part = "";
    }
    part = part === "" ? word : `${part} ${word}`;
    while (widthOf(part) > columns) {
      const cut = cutAt(part, columns);
      parts.push(part.slice(0, cut));
      part = part.slice(cut);
    }
  }
  return (part === "" ? parts : [...parts, part]).map(defuse);
}

/** The lines of a text that came from files or services, safe to write anywhere. */
export function foreignLines(text: string): readonly string[] {
  return text.split(/\r?\n/).map((line) => printable(maskSecrets(line)).trimEnd());
}

/** A text that came from files or services, in one line. */
export function foreign(text: string): string {
  return foreignLines(text).join(" ").trim();
}

/** Gives a text a colour or weight where that is wanted. */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/** Colours, or leaves as it is. */
export function paint(color: boolean): Paint {
  return (style, text) => (color && text !== "" ? styleText(style, text, { validateStream: false }) : text);
}

/** Where to cut a text that is too wide: at least one character, and none of them in half. */
function cutAt(text: string, columns: number): number {
  let width = 0;
  let at = 0;
  for (const cell of cellsOf(text)) {
    width += cell.width;
    if (width > columns && at > 0) return at;
    at = cell.end;
  }
  return at;
}
