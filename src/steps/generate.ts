import type { FromSchema } from "json-schema-to-ts";
import { checkMetadataKeys, valueFault } from "../runner/metadata-limits.ts";
import type { JsonObject, Row } from "../runner/row.ts";
import { defineStep, type StepContext } from "../runner/step.ts";
import { StepFailure } from "../runner/step-failure.ts";
import { withItems } from "./answered-items.ts";
import { askAll } from "./ask-all.ts";
import { formatFinishReasons, openFinishCount } from "./finish-reasons.ts";
import { formatCounted } from "./format.ts";
import { limit, type ParamsSchema, request } from "./params-schema.ts";
import { type PreparedItems, prepareItems, questionsOf } from "./prepare-items.ts";
import type { Answered } from "./question.ts";
import { toSample } from "./sample.ts";
import { evaluateOn, rowScope } from "./scope.ts";

const params = {
  type: "object",
  additionalProperties: false,
  required: ["rows", "prompt", "model"],
  properties: {
    rows: { type: "string", artifact: "rows", description: "The rows whose items the model is asked about." },
    prompt: {
      type: "string",
      names: "prompt",
      description:
        "The prompt that is rendered over each row; as_stored sends what a stored completion was asked.",
    },
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
    for (const { key, text } of checkMetadataKeys(Object.keys(params.metadata ?? {})))
      fault(key === undefined ? "/metadata" : `/metadata/${escapePointer(key)}`, text);
  },
  estimate({ params, items }) {
    const known = items(params.rows);
    const answers = known === undefined ? undefined : Math.min(known, params.limit ?? known) * params.samples;
    return [{ model: params.model, answers }];
  },
  async run(context) {
    const { params } = context;
    const { items, answers, tagsOf } = await openAnswers(context);
    const output = context.output("rows");
    if (items.count === 0) context.warn("there are no items to ask about");
    const counts = openFinishCount();
    for await (const { item, sample, answer } of withItems(answers, { items, samples: params.samples })) {
      const { row, messages } = item;
      counts.add(answer);
      output.row({
        id: row.id,
        item: row.item,
        messages,
        sample: toSample(answer, sample),
        metadata: { ...row.metadata, ...filterKeys(tagsOf(row), context.metadataRead) },
        grades: {},
      });
    }
    return {
      facts: {
        model: context.digestOf("model", params.model),
        rows: items.count * params.samples,
        items: items.count,
        samples: params.samples,
        finish_reasons: counts.reasons,
      },
    };
  },
  // Every answer is kept by now, so asking again under the new tags sends nothing.
  async retag(context) {
    const { answers } = await openAnswers(context);
    for await (const _ of answers);
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

/** Renders all requests and tags, and begins to ask. */
async function openAnswers(context: StepContext<Params>): Promise<{
  readonly items: PreparedItems;
  readonly answers: AsyncGenerator<Answered>;
  readonly tagsOf: (row: Row) => { readonly [key: string]: string };
}> {
  const { samples, model } = context.params;
  const tagsOf = openTags(context);
  const items = await prepareItems(context, ({ row }) => void tagsOf(row));
  const questions = questionsOf([await context.model(model)], items, {
    samples,
    tagsOf,
  });
  return { items, answers: askAll(context, questions), tagsOf };
}

function openTags({
  params,
  evaluator,
}: StepContext<Params>): (row: Row) => { readonly [key: string]: string } {
  const templates = Object.entries(params.metadata ?? {}).map(([key, template]) => ({
    key,
    evaluate: evaluator(template, "template"),
  }));
  return (row) => {
    const tags: Record<string, string> = {};
    for (const { key, evaluate } of templates) {
      const value = evaluateOn(row, `metadata "${key}"`, () => String(evaluate(rowScope(row))));
      const fault = valueFault(key, value);
      if (fault !== undefined) throw new StepFailure(`item "${row.id}": ${fault}`);
      tags[key] = value;
    }
    return tags;
  };
}

function filterKeys(
  metadata: { readonly [key: string]: string },
  wanted: (key: string) => boolean,
): { readonly [key: string]: string } {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => wanted(key)));
}

function escapePointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
