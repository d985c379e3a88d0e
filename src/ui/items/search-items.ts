import type { PageItem } from "../../report/html/page-data.ts";
import type { OpenSet } from "../open-page.ts";

/** What a search has found so far. */
export interface SearchState {
  /** Places of items, in order. */
  readonly found: readonly number[];
  /** Items that were looked at. */
  readonly searched: number;
}

/**
 * Looks for items that hold every word of a text anywhere: id, prompt, answers, labels, metadata, slices. What all
 * prompts have in common is not looked at. Gives back what it has after every few milliseconds, so that the page
 * stays responsive.
 */
export async function* searchItems(
  set: OpenSet,
  among: readonly number[],
  text: string,
): AsyncGenerator<SearchState> {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const common = new Set<unknown>(set.common);
  const found: number[] = [];
  let since = performance.now();
  for (const [searched, at] of among.entries()) {
    if (performance.now() - since > sliceMs) {
      yield { found: [...found], searched };
      await new Promise((resolve) => setTimeout(resolve));
      since = performance.now();
    }
    const all = textsOf(set, set.item(at), { at, common }).join("\n").toLowerCase();
    if (words.every((word) => all.includes(word))) found.push(at);
  }
  yield { found, searched: among.length };
}

/** Half a frame. */
const sliceMs = 8;

function textsOf(
  set: OpenSet,
  { id, group = "", prompt, metadata, answers }: PageItem,
  { at, common }: { readonly at: number; readonly common: ReadonlySet<unknown> },
): readonly string[] {
  return [
    id,
    group,
    ...prompt.flatMap(([, text]) => (common.has(text) ? [] : set.text(text))),
    ...metadata.flatMap(([name, text]) => `${name}=${set.text(text)}`),
    ...answers.flatMap(({ text, grades }) => [
      set.text(text),
      ...grades
        .flatMap((grade) => (grade === null ? [] : [grade[2], grade[3]]))
        .map((label) => set.labels[label] ?? ""),
    ]),
    ...set.slices.map(({ name, values, of }) => `${name}=${values[of[at]!] ?? ""}`),
  ];
}
