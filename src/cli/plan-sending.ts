import type { ComparedStep } from "../runner/compare-plans.ts";
import type { Asks } from "../runner/estimate-asks.ts";
import { askedModels } from "../runner/money/asked-models.ts";
import {
  type AskingPart,
  type AskingSources,
  type ModelBook,
  openModelBook,
  type Sending,
} from "./model-book.ts";

/** A step that would run, with the answers that it would ask for. */
export interface AskingStep {
  readonly id: string;
  readonly asks: readonly Asks[];
  /** False where it depends on what comes before it whether it runs at all. */
  readonly certain: boolean;
}

/** A step that would run, or may; one that never ran has nothing that could stay. */
export function askingStep({
  id,
  asks,
  action,
  past,
}: ComparedStep & { readonly asks: readonly Asks[] }): AskingStep {
  return { id, asks, certain: action === "run" || past === undefined };
}

/** What must be known to tell what is sent. */
export interface SendingOptions extends AskingSources {
  readonly steps: readonly AskingStep[];
}

/**
 * What steps would send to models that are not free, model by model, in the order of the plan. Where the rows are
 * known, every request is rendered and looked up: what is kept, or asked by a step before, is not sent; nor is what waits in a batch, which is told beside it.
 */
export async function planSending(options: SendingOptions): Promise<readonly Sending[]> {
  const { plan, steps } = options;
  const parts = steps.flatMap(({ id, asks, certain }) => {
    const node = plan.byId.get(id)!;
    return asks.flatMap(({ model, answers, upTo }) =>
      askedModels(plan, node, model).map(
        (part): AskingPart => ({ ...part, node, answers, certain: part.certain && certain, upTo }),
      ),
    );
  });
  const books = new Map<string, ModelBook>();
  // What is surely asked comes first: what a cascade may ask as well is then kept already.
  for (const part of [
    ...parts.filter(({ certain }) => certain),
    ...parts.filter(({ certain }) => !certain),
  ]) {
    const book = books.get(part.model) ?? openModelBook(options, part.model);
    books.set(part.model, book);
    await book.add(part);
  }
  return [...books.values()]
    .map((book) => book.close())
    .filter(({ requests, waiting }) => requests?.high !== 0 || waiting > 0);
}
