import { cellsOf } from "../../runner/cells.ts";
import { foreign } from "../../runner/reporters/text-layout.ts";
import { fontSizes } from "./theme.ts";

/** A text that came from files or services, in one line that an XML file may hold. */
export function plain(text: string): string {
  // The two characters that are neither control characters nor allowed in XML.
  return foreign(text).replace(/[\ufffe\uffff]/g, "\ufffd");
}

/** The same, cut so that it is some `px` wide at most. */
export function label(text: string, px: number, size: number = fontSizes.normal): string {
  const whole = plain(text);
  if (textWidth(whole, size) <= px) return whole;
  let width = textWidth("…", size);
  for (const cell of cellsOf(whole)) {
    width += cellWidth(cell) * size;
    if (width > px) return `${whole.slice(0, cell.start).trimEnd()}…`;
  }
  return whole;
}

/** How wide a text is in px, for want of the reader's font: a little more than in most. */
export function textWidth(text: string, size: number = fontSizes.normal): number {
  return cellsOf(text).reduce((sum, cell) => sum + cellWidth(cell) * size, 0);
}

/** In ems; those of DejaVu Sans, which is wider than what most systems have. */
function cellWidth({ text, width }: { readonly text: string; readonly width: number }): number {
  // Without a font for it, what is joined into one picture is drawn as several.
  if (width === 2) return 1.1 * [...text.replace(/[\p{M}\u200d]/gu, "")].length;
  if (/[ijlI.,:;'|!()[\] frt]/.test(text)) return 0.38;
  if (/[mwMW@%…—]/.test(text)) return 0.98;
  return /[A-Z]/.test(text) ? 0.74 : 0.63;
}
