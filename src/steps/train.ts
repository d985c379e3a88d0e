import type { FromSchema } from "json-schema-to-ts";
import type { JsonObject, Row } from "../runner/row.ts";
import { defineStep, type StepContext, StepFailure, type TrainingExample } from "../runner/step.ts";
import { formatBytes, formatCounted, sixDigits } from "./format.ts";
import { limit, type ParamsSchema, seed } from "./params-schema.ts";
import { evaluateOn, rowScope } from "./scope.ts";
import { trainers } from "./trainers/index.ts";

const params = {
  type: "object",
  additionalProperties: false,
  required: ["base", "rows", "target"],
  properties: {
    base: { type: "string", artifact: "model", description: "The untrained model to begin with." },
    rows: { type: "string", artifact: "rows", description: "The rows to learn from." },
    prompt: {
      type: "string",
      names: "prompt",
      description: "Renders each row's messages; without it the messages that were answered are learnt from.",
    },
    target: {
      type: "string",
      minLength: 1,
      value: "rows",
      description:
        "What is to be answered: a label or text, or a mapping of labels to weights such as sample.output_json.probabilities.",
    },
    trainer: {
      type: "string",
      names: "trainer",
      description: "The trainer; by default the one of the base's provider.",
    },
    hyperparameters: {
      type: "object",
      description: "n_epochs, learning_rate and so on, as the trainer names them.",
    },
    validation: {
      type: "string",
      artifact: "rows",
      description: "Rows on which the tuned model is measured; never learnt from.",
    },
    answer: {
      type: "object",
      minProperties: 1,
      additionalProperties: { enum: ["label", "probabilities", "confidence"] },
      description:
        "For classifiers: the JSON fields of an answer, written in the order of their names, and what goes into each; by default as the stored answers have them.",
    },
    limit,
    seed,
  },
} as const satisfies ParamsSchema;

type Params = FromSchema<typeof params>;

/** Trains a model on rows: what comes of it is asked like any other. */
export const train = defineStep<FromSchema<typeof params>>({
  name: "train",
  version: 1,
  summary: "Trains a model on rows and their targets; the step's name is then a model.",
  params,
  outputs: () => ({ model: { kind: "model", main: true, description: "The tuned model." } }),
  check({ params, fault, modelSource }) {
    const { step } = modelSource(params.base);
    if (step !== undefined)
      fault(
        "/base",
        `"${params.base}" is made by a step (${step}), and training begins with an entry of models`,
      );
  },
  async run(context) {
    const { params } = context;
    const trainer = context.trainer(trainerOf(params));
    const examples = await readExamples(context, params.rows, params.limit);
    if (examples.length === 0) throw new StepFailure("there are no rows to learn from");
    const validation = params.validation === undefined ? [] : await readExamples(context, params.validation);
    const facts = await trainer.train({
      base: context.base(params.base),
      examples,
      validation,
      hyperparameters: params.hyperparameters ?? {},
      seed: params.seed ?? 0,
      answer: params.answer,
      output: context.output("model"),
      signal: context.signal,
      progress: context.progress,
      warn: context.warn,
    });
    const answered = examples.every((example) => example.answer !== null);
    return {
      facts: {
        trainer: trainer.name,
        examples: examples.length,
        from: answered ? "answers" : "labels",
        ...facts,
      },
    };
  },
  async openModel({ params, artifact, serve }) {
    const name = trainerOf(params);
    const trainer = trainers.find((entry) => entry.name === name);
    if (trainer === undefined) throw new StepFailure(`there is no trainer "${name}"`);
    return await serve(trainer.servedBy, artifact.path);
  },
  lines(facts) {
    const { trainer, examples, from, bytes } = facts as {
      trainer: string;
      examples: number;
      from: string;
      bytes?: number;
    };
    const size = bytes === undefined ? "" : `, ${formatBytes(bytes)}`;
    return [`${trainer} on ${formatCounted(examples, from.slice(0, -1))}${size}`];
  },
  metrics: (facts) =>
    Object.fromEntries(
      Object.entries(facts).flatMap(([name, value]): [string, number | string][] => {
        if (typeof value === "number") return [[name, sixDigits(value)]];
        return typeof value === "string" ? [[name, value]] : [];
      }),
    ),
});

// The plan fills it from the base's provider.
function trainerOf({ trainer, base }: Params): string {
  if (trainer === undefined)
    throw new StepFailure(`"${base}" has no trainer of its own`, "name one: trainer: classifier");
  return trainer;
}

async function readExamples(
  context: StepContext<Params>,
  reference: string,
  limit = Number.POSITIVE_INFINITY,
): Promise<readonly TrainingExample[]> {
  const { target, prompt: name } = context.params;
  const evaluate = context.evaluator(target, "value");
  const prompt = name === undefined ? undefined : context.prompt(name);
  const items = new Set<string>();
  const examples: TrainingExample[] = [];
  for await (const row of context.rows(reference)) {
    if (!items.has(row.id) && items.size >= limit) continue;
    items.add(row.id);
    const scope = rowScope(row);
    const messages =
      prompt === undefined ? row.messages : evaluateOn(row, `prompt "${name}"`, () => prompt.render(scope));
    if (messages.length === 0)
      throw new StepFailure(
        `row "${row.id}" of "${reference}" has no messages to learn from`,
        "name the prompt that it is asked with",
      );
    examples.push({
      id: row.id,
      messages,
      target: readTarget(
        row,
        evaluateOn(row, "target", () => evaluate(scope)),
      ),
      answer: row.sample && { text: row.sample.output_text, json: row.sample.output_json },
    });
  }
  return examples;
}

/** A label or weights, exactly as they are there: a target that is neither is never made into one. */
function readTarget(row: Row, value: unknown): TrainingExample["target"] {
  if (typeof value === "string" && value !== "") return value;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const weights = Object.entries(value);
    const valid = weights.every(
      ([, weight]) => typeof weight === "number" && Number.isFinite(weight) && weight >= 0,
    );
    if (valid && weights.some(([, weight]) => weight > 0))
      return value as JsonObject as { readonly [label: string]: number };
    throw new StepFailure(
      `row "${row.id}": target has weights that are not numbers of 0 and more with a sum above 0`,
    );
  }
  const what =
    value === ""
      ? "an empty text"
      : value === null
        ? "null"
        : Array.isArray(value)
          ? "a list"
          : `a ${typeof value}`;
  throw new StepFailure(
    `row "${row.id}": target is ${what}, and must be a label or a mapping of labels to weights`,
  );
}
