import type { PageText } from "./page-data.ts";
import { shownText } from "./shown-text.ts";

/** Texts of a page, each embedded once: all are counted before the first is encoded. */
export interface TextTable {
  count(text: string): void;
  /** A text that was counted, as it is shown; its place where it occurs again. */
  encode(text: string): PageText;
  /** The place of a text that occurs more than once. */
  placeOf(text: string): number | undefined;
  /** The texts that occur more than once, by their places. */
  texts(): readonly string[];
}

/** Opens an empty table. */
export function openTextTable(): TextTable {
  const counts = new Map<string, number>();
  const places = new Map<string, number>();
  const texts: string[] = [];
  const placeOf = (text: string) => {
    if (text.length < leastLength || counts.get(text)! < 2) return undefined;
    let place = places.get(text);
    if (place === undefined) {
      place = texts.push(shownText(text)) - 1;
      places.set(text, place);
    }
    return place;
  };
  return {
    count: (text) => void counts.set(text, (counts.get(text) ?? 0) + 1),
    encode: (text) => placeOf(text) ?? shownText(text),
    placeOf,
    texts: () => texts,
  };
}

/** A place takes as much room as a shorter text. */
const leastLength = 8;
