import { hash } from "node:crypto";
import type { Model } from "../runner/asking.ts";
import type { JsonObject, Row } from "../runner/row.ts";
import type { StepContext } from "../runner/step.ts";
import { StepFailure } from "../runner/step-failure.ts";
import { canonicalJson } from "../templating/canonical-json.ts";
import type { Message } from "../templating/message.ts";
import type { Questions } from "./ask-all.ts";
import { evaluateOn, rowScope } from "./scope.ts";

/** An item with its rendered request. */
export interface PreparedItem {
  readonly row: Row;
  readonly messages: readonly Message[];
  /** The prompt's request parameters, those that it takes from the row, and the step's own, each winning over those before. */
  readonly parameters: JsonObject;
  /** How many items before it have this very request. */
  readonly occurrence: number;
}

/** The items of a step, rendered anew each time they are read, so that memory need not hold them. */
export interface PreparedItems {
  readonly count: number;
  read(): AsyncIterable<PreparedItem>;
}

/**
 * Renders a prompt over every item before anything is sent, in order.
 * `look` sees each of them then.
 * @throws StepFailure naming the first item over which it cannot be rendered, or that comes twice.
 */
export async function prepareItems(
  context: ItemContext,
  look: (item: PreparedItem) => void = () => {},
): Promise<PreparedItems> {
  const seen = new Set<string>();
  for await (const item of renderItems(context)) {
    if (seen.has(item.row.id)) throw repeated(item.row);
    seen.add(item.row.id);
    look(item);
  }
  return { count: seen.size, read: () => renderItems(context) };
}

type ItemContext = StepContext<{
  readonly rows: string;
  readonly prompt: string;
  readonly limit?: number | undefined;
  readonly request?: { readonly [parameter: string]: unknown } | undefined;
}>;

async function* renderItems(context: ItemContext): AsyncGenerator<PreparedItem> {
  const { rows, prompt: name, limit = Number.POSITIVE_INFINITY, request } = context.params;
  const prompt = context.prompt(name);
  const common = { ...prompt.request, ...(request as JsonObject | undefined) };
  const occurrences = new Map<string, number>();
  let count = 0;
  for await (const row of context.rows(rows)) {
    // Whether what is left out comes twice is nobody's concern.
    if (count >= limit) return;
    count += 1;
    const { messages, own } = evaluateOn(row, `prompt "${name}"`, () => ({
      messages: prompt.render(rowScope(row)),
      own: prompt.requestFor?.(rowScope(row)),
    }));
    const parameters = own === undefined ? common : { ...prompt.request, ...own, ...(request as JsonObject) };
    const digest = hash("sha256", canonicalJson(own === undefined ? messages : [messages, own]), "base64");
    const occurrence = occurrences.get(digest) ?? 0;
    occurrences.set(digest, occurrence + 1);
    yield { row, messages, parameters, occurrence };
  }
}

/** What models are asked: every item as many times as there are samples, in the order of the items. */
export function questionsOf(
  models: readonly Model[],
  items: PreparedItems,
  {
    samples,
    tagsOf = () => noTags,
  }: {
    readonly samples: number;
    /** Metadata under which an item's completions are stored. */
    readonly tagsOf?: (row: Row) => { readonly [key: string]: string };
  },
): Questions {
  return {
    models,
    perModel: items.count * samples,
    async *of(model) {
      for await (const { row, messages, parameters, occurrence } of items.read()) {
        const tags = { item: row.id, metadata: tagsOf(row) };
        for (let sample = 0; sample < samples; sample += 1)
          yield { item: row.id, model, ask: { messages, parameters, draw: { occurrence, sample }, tags } };
      }
    },
  };
}

const noTags = {};

function repeated(row: Row): StepFailure {
  return new StepFailure(
    `item "${row.id}" comes more than once, and one question is asked per item`,
    `keep one row per item first: a filter rule { name: one_per_item, where: "sample.index == 0" }`,
  );
}
