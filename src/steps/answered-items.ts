import type { ModelAnswer } from "../runner/provider.ts";
import type { PreparedItem, PreparedItems } from "./prepare-items.ts";
import type { Answered } from "./question.ts";

/** An answer with the item that it is to. */
export interface AnsweredItem {
  readonly item: PreparedItem;
  /** The item's place in the order of the items, from 0. */
  readonly at: number;
  /** Which of the models answered, from 0. */
  readonly model: number;
  /** Which of the item's answers it is, from 0. */
  readonly sample: number;
  readonly answer: ModelAnswer;
}

/** Answers, by model, then item, then sample, each with its item; the items are read anew for every model. */
export async function* withItems(
  answers: AsyncIterable<Answered>,
  { items, samples }: { readonly items: PreparedItems; readonly samples: number },
): AsyncGenerator<AnsweredItem> {
  let position = 0;
  let reader: AsyncIterator<PreparedItem> | undefined;
  let item: PreparedItem | undefined;
  try {
    for await (const { item: id, answer } of answers) {
      const sample = position % samples;
      const at = Math.floor(position / samples) % items.count;
      if (sample === 0 && at === 0) {
        await reader?.return?.();
        reader = items.read()[Symbol.asyncIterator]();
      }
      if (sample === 0) item = (await reader!.next()).value;
      // Both are read in the same order; an answer under another item's name would be found by nobody.
      if (item?.row.id !== id) throw new Error(`the answer to item "${id}" came where another was due`);
      yield { item, at, model: Math.floor(position / samples / items.count), sample, answer };
      position += 1;
    }
  } finally {
    await reader?.return?.();
  }
}
