import type { PageData, PageItem, PageSet, PageText } from "../report/html/page-data.ts";
import type { Results } from "../report/results.ts";

/** The data of the page, opened as far as it is looked at. */
export interface Page {
  readonly results: Results;
  readonly sets: readonly OpenSet[];
}

/** The items of one evaluation. */
export interface OpenSet extends PageSet {
  /** The item at a place, from 0; its chunk is parsed when the first of it is asked for. */
  item(at: number): PageItem;
  /** A text of an item. */
  text(text: PageText): string;
}

/** Reads the blocks of data that lie in a document; the large ones when something in them is asked for. */
export function openPage(document: Document): Page {
  const read = <T>(id: string) => JSON.parse(document.getElementById(id)!.textContent!) as T;
  const { results, sets } = read<PageData>("report");
  const texts = once(() => read<readonly string[]>("texts"));
  return {
    results,
    sets: sets.map((set, number) => {
      const chunks = new Map<number, readonly PageItem[]>();
      const chunk = (at: number) => {
        const known = chunks.get(at) ?? read<readonly PageItem[]>(`items-${number}-${at}`);
        chunks.set(at, known);
        return known;
      };
      return {
        ...set,
        item: (at) => chunk(Math.floor(at / set.chunkSize))[at % set.chunkSize]!,
        text: (text) => (typeof text === "string" ? text : texts()[text]!),
      };
    }),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
