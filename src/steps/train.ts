import type { FromSchema } from "json-schema-to-ts";
import type { JsonObject, Row } from "../runner/row.ts";
import { defineStep, type StepContext } from "../runner/step.ts";
import { StepFailure } from "../runner/step-failure.ts";
import type { TrainingExample } from "../runner/trainer.ts";
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
    repeats: {
      type: "integer",
      minimum: 1,
      maximum: 20,
      default: 1,
      description:
        "Trains so many models with seeds from `seed` upwards, to show how far chance alone moves them: step, step.model_2 and so on.",
    },
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
  outputs: ({ repeats }) =>
    Object.fromEntries(
      seedsFrom(0, repeats).map((_, index) => [
        outputName(index),
        index === 0
          ? { kind: "model", main: true, description: "The tuned model." }
          : { kind: "model", description: `The model of training ${index + 1}.` },
      ]),
    ),
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
    const seeds = seedsFrom(params.seed ?? 0, params.repeats);
    const warned = new Set<string>();
    const trained: JsonObject[] = [];
    for (const [index, seed] of seeds.entries())
      trained.push(
        await trainer.train({
          base: context.base(params.base),
          examples,
          validation,
          hyperparameters: params.hyperparameters ?? {},
          seed,
          answer: params.answer,
          output: context.output(outputName(index)),
          signal: context.signal,
          progress: (done, total, note) => context.progress(index * total + done, seeds.length * total, note),
          // All trainings see the same examples and find the same faults in them.
          warn: (message) => {
            if (!warned.has(message)) context.warn(message);
            warned.add(message);
          },
        }),
      );
    const answered = examples.every((example) => example.answer !== null);
    return {
      facts: {
        trainer: trainer.name,
        examples: examples.length,
        from: answered ? "answers" : "labels",
        ...trained[0],
        ...(seeds.length > 1 && {
          repeats: trained.map((facts, index) => ({ seed: seeds[index]!, ...figuresOf(facts) })),
        }),
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
    const { trainer, examples, from, bytes, repeats } = facts as {
      trainer: string;
      examples: number;
      from: string;
      bytes?: number;
      repeats?: readonly JsonObject[];
    };
    const size = bytes === undefined ? "" : `, ${formatBytes(bytes)}`;
    const times = repeats === undefined ? "" : `, ${repeats.length} times`;
    return [`${trainer} on ${formatCounted(examples, from.slice(0, -1))}${times}${size}`];
  },
  metrics: (facts) =>
    Object.fromEntries(
      Object.entries(facts).flatMap(([name, value]): [string, number | string][] => {
        if (typeof value === "number") return [[name, sixDigits(value)]];
        return typeof value === "string" ? [[name, value]] : [];
      }),
    ),
});

// Outputs are declared before parameters are checked.
function seedsFrom(first: number, repeats: number | undefined): readonly number[] {
  const { minimum, maximum } = params.properties.repeats;
  const count = Number.isInteger(repeats) ? Math.min(Math.max(repeats!, minimum), maximum) : 1;
  // Seeds have 32 bits.
  return Array.from({ length: count }, (_, index) => (first + index) % 2 ** 32);
}

function outputName(index: number): string {
  return index === 0 ? "model" : `model_${index + 1}`;
}

function figuresOf(facts: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => typeof value === "number"));
}

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
