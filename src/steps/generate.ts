import type { FromSchema } from "json-schema-to-ts";
import type { ModelAnswer } from "../runner/provider.ts";
import type { JsonObject } from "../runner/row.ts";
import { defineStep, type StepContext, StepFailure } from "../runner/step.ts";
import { askAll } from "./ask-all.ts";
import { countFinishReasons, formatFinishReasons } from "./finish-reasons.ts";
import { formatCounted } from "./format.ts";
import { limit, type ParamsSchema, request } from "./params-schema.ts";
import { type PreparedItem, prepareItems, questionsOf, requestOf } from "./prepare-items.ts";
import { toSample } from "./sample.ts";
import { evaluateOn, rowScope } from "./scope.ts";

const params = {
  type: "object",
  additionalProperties: false,
  required: ["rows", "prompt", "model"],
  properties: {
    rows: { type: "string", artifact: "rows", description: "The rows whose items the model is asked about." },
    prompt: { type: "string", names: "prompt", description: "The prompt that is rendered over each row." },
    model: { type: "string", artifact: "model", description: "The model that answers." },
    samples: {
      type: "integer",
      minimum: 1,
      maximum: 1000,
      default: 1,
      description: "Answers for each item.",
    },
    limit,
    request,
    metadata: {
      type: "object",
      tags: true,
      additionalProperties: { type: "string", template: "rows" },
      description:
        "Templates over the row by key, under which the completions are stored: up to 16, keys of up to 64 characters, values of up to 512.",
    },
  },
} as const satisfies ParamsSchema;

type Params = FromSchema<typeof params>;

/** Limits of a stored completion's metadata, as in OpenAI's API. */
const maxPairs = 16;
const maxKeyLength = 64;
const maxValueLength = 512;

/** Asks a model about every item, and gives one row per item and sample. */
export const generate = defineStep<FromSchema<typeof params>>({
  name: "generate",
  version: 1,
  summary:
    "Asks a model about every item: one row per item and sample, each completion stored with its metadata.",
  params,
  outputs: ({ rows, metadata = {} }) => ({
    rows: {
      kind: "rows",
      main: true,
      description: "One row per item and sample, in the order of the items.",
      shape: (shapeOf) => {
        const shape = shapeOf(rows);
        const known = shape.metadata && [...new Set([...shape.metadata, ...Object.keys(metadata)])];
        return { columns: shape.columns, sample: true, metadata: known };
      },
    },
  }),
  check({ params, fault }) {
    const keys = Object.keys(params.metadata ?? {});
    if (keys.length > maxPairs)
      fault("/metadata", `metadata has ${keys.length} entries, and at most ${maxPairs} are stored`);
    for (const key of keys)
      if (lengthOf(key) > maxKeyLength)
        fault(
          `/metadata/${escapePointer(key)}`,
          `a metadata key has at most ${maxKeyLength} characters, and this has ${lengthOf(key)}`,
        );
  },
  estimate({ params, items }) {
    const known = items(params.rows);
    const answers = known === undefined ? undefined : Math.min(known, params.limit ?? known) * params.samples;
    return [{ model: params.model, answers }];
  },
  async run(context) {
    const { params } = context;
    const items = await prepareAnswers(context);
    const answers = await askItems(context, items);
    const output = context.output("rows");
    if (items.length === 0) context.warn("there are no items to ask about");
    answers.forEach((answer, index) => {
      const { row, messages, tags } = items[Math.floor(index / params.samples)]!;
      output.row({
        id: row.id,
        item: row.item,
        messages,
        sample: toSample(answer, index % params.samples),
        metadata: { ...row.metadata, ...filterKeys(tags, context.metadataRead) },
        grades: {},
      });
    });
    return {
      facts: {
        model: context.digestOf("model", params.model),
        rows: answers.length,
        items: items.length,
        samples: params.samples,
        finish_reasons: countFinishReasons(answers),
      },
    };
  },
  // Every answer is kept by now, so asking again under the new tags sends nothing.
  async retag(context) {
    await askItems(context, await prepareAnswers(context));
  },
  lines(facts, names) {
    const reasons = formatFinishReasons(facts.finish_reasons as { [reason: string]: number });
    const line = `${formatCounted(facts.rows as number, "answer")} of ${names.name(facts.model as string)}`;
    return reasons === "" ? [line] : [line, reasons];
  },
  metrics: (facts) => ({
    rows: facts.rows as number,
    items: facts.items as number,
    ...Object.fromEntries(
      Object.entries(facts.finish_reasons as JsonObject).map(([k, n]) => [`finish.${k}`, n as number]),
    ),
  }),
});

interface TaggedItem extends PreparedItem {
  readonly tags: { readonly [key: string]: string };
}

async function prepareAnswers(context: StepContext<Params>): Promise<readonly TaggedItem[]> {
  const templates = Object.entries(context.params.metadata ?? {}).map(([key, template]) => ({
    key,
    evaluate: context.evaluator(template, "template"),
  }));
  return (await prepareItems(context)).map((item) => {
    const tags: Record<string, string> = {};
    for (const { key, evaluate } of templates) {
      const value = evaluateOn(item.row, `metadata "${key}"`, () => String(evaluate(rowScope(item.row))));
      if (lengthOf(value) > maxValueLength)
        throw new StepFailure(
          `item "${item.row.id}": metadata "${key}" has ${lengthOf(value)} characters, and at most ${maxValueLength} are stored`,
        );
      tags[key] = value;
    }
    return { ...item, tags };
  });
}

async function askItems(
  context: StepContext<Params>,
  items: readonly TaggedItem[],
): Promise<readonly ModelAnswer[]> {
  const { samples, model } = context.params;
  const parameters = requestOf(context);
  return await askAll(context, questionsOf(await context.model(model), items, { samples, parameters }));
}

function filterKeys(
  metadata: { readonly [key: string]: string },
  wanted: (key: string) => boolean,
): { readonly [key: string]: string } {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => wanted(key)));
}

/** Characters as people and OpenAI's API count them, not UTF-16 units. */
function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

function escapePointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
