import { hash } from "node:crypto";
import type { JsonObject, Row } from "../runner/row.ts";
import { type Model, type StepContext, StepFailure } from "../runner/step.ts";
import { canonicalJson } from "../templating/canonical-json.ts";
import type { Message } from "../templating/message.ts";
import type { Question } from "./ask-all.ts";
import { evaluateOn, rowScope } from "./scope.ts";

/** An item with its rendered request. */
export interface PreparedItem {
  readonly row: Row;
  readonly messages: readonly Message[];
  /** How many items before it have these very messages. */
  readonly occurrence: number;
  /** Metadata under which its completions are stored; none where it is left out. */
  readonly tags?: { readonly [key: string]: string };
}

/**
 * Renders a prompt over every item before anything is sent, in order.
 * @throws StepFailure naming the first item over which it cannot be rendered, or that comes twice.
 */
export async function prepareItems(
  context: StepContext<{
    readonly rows: string;
    readonly prompt: string;
    readonly limit?: number | undefined;
  }>,
): Promise<readonly PreparedItem[]> {
  const { rows, prompt: name, limit = Number.POSITIVE_INFINITY } = context.params;
  const prompt = context.prompt(name);
  const items: PreparedItem[] = [];
  const seen = new Set<string>();
  const occurrences = new Map<string, number>();
  for await (const row of context.rows(rows)) {
    if (seen.has(row.id)) throw repeated(row);
    if (items.length >= limit) break;
    seen.add(row.id);
    const messages = evaluateOn(row, `prompt "${name}"`, () => prompt.render(rowScope(row)));
    const digest = hash("sha256", canonicalJson(messages), "base64");
    const occurrence = occurrences.get(digest) ?? 0;
    occurrences.set(digest, occurrence + 1);
    items.push({ row, messages, occurrence });
  }
  return items;
}

/** Request parameters of a step that asks: the prompt's, and its own that win over them. */
export function requestOf(
  context: StepContext<{
    readonly prompt: string;
    readonly request?: { readonly [parameter: string]: unknown } | undefined;
  }>,
): JsonObject {
  const { prompt, request } = context.params;
  return { ...context.prompt(prompt).request, ...(request as JsonObject | undefined) };
}

/** What a model is asked: every item as many times as there are samples, in the order of the items. */
export function questionsOf(
  model: Model,
  items: readonly PreparedItem[],
  { samples, parameters }: { readonly samples: number; readonly parameters: JsonObject },
): readonly Question[] {
  return items.flatMap(({ row, messages, occurrence, tags = {} }) =>
    Array.from({ length: samples }, (_, sample) => ({
      item: row.id,
      model,
      ask: { messages, parameters, draw: { occurrence, sample }, tags: { item: row.id, metadata: tags } },
    })),
  );
}

function repeated(row: Row): StepFailure {
  return new StepFailure(
    `item "${row.id}" comes more than once, and one question is asked per item`,
    `keep one row per item first: a filter rule { name: one_per_item, where: "sample.index == 0" }`,
  );
}
