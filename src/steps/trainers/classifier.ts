import { hyperparameters as everything, type Hyperparameters } from "../../classifier/hyperparameters.ts";
import type { JsonObject } from "../../runner/row.ts";
import { StepFailure } from "../../runner/step-failure.ts";
import type { TrainerContext, TrainerDefinition, TrainingExample } from "../../runner/trainer.ts";
import { type AnswerContract, findContract, heaviestLabels } from "./answer-contract.ts";
import { lastUserText } from "./last-user-text.ts";

const { max_features: _byTheBase, ...properties } = everything.properties;

/** Hyperparameters of the trainer: all but the number of features, which the base's name says. */
export type ClassifierHyperparameters = Omit<Hyperparameters, "max_features">;

/** Bases are called `ngram-16` after log2 of the features that they keep. There are 2^18 buckets by default, so more is idle. */
const fewestBits = 8;
const mostBits = 18;

/** Trains a classifier of n-grams on this machine, in seconds. */
export const classifier: TrainerDefinition<ClassifierHyperparameters> = {
  name: "classifier",
  version: 1,
  summary:
    "Trains a text classifier on labels or probabilities, here and in seconds; it reads the last user message.",
  hyperparameters: { ...everything, properties },
  servedBy: "classifier",
  free: true,
  check: ({ provider, model }) => {
    if (provider !== "classifier")
      return `trainer classifier trains models of provider type "classifier", not "${provider}"`;
    if (bitsOf(model) !== undefined) return undefined;
    return `"${model}" is no base of a classifier: they are ngram-${fewestBits} to ngram-${mostBits}, such as ngram-16 for 2^16 features`;
  },
  async train(context) {
    const { base, examples, validation, seed, signal, output } = context;
    const hyperparameters = { ...context.hyperparameters, max_features: 2 ** (bitsOf(base.model) ?? 16) };
    const { trainClassifier } = await import("../../classifier/train-classifier.ts");
    const { encodeModel } = await import("../../classifier/model-file.ts");
    const contract = chooseContract(context);
    const { model, losses } = await trainClassifier({
      examples: examples.map((example) => ({ text: textOf(example), target: weightsOf(example.target) })),
      hyperparameters,
      seed,
      signal,
      onEpoch: (epoch, loss) =>
        context.progress(epoch, hyperparameters.n_epochs, `epoch ${epoch}, loss ${loss.toFixed(3)}`),
    });
    if (model.labels.length === 1)
      context.warn(`every target is "${model.labels[0]}": the model knows no other answer`);
    const file = encodeModel(model, { contract });
    output.bytes(file);
    const accuracy = validation.length === 0 ? undefined : await measureAccuracy(file, validation);
    return {
      labels: model.labels.length,
      epochs: losses.length,
      loss: losses.at(-1) ?? null,
      bytes: file.length,
      contract: contract as readonly JsonObject[] | null,
      ...(accuracy !== undefined && {
        validation_examples: validation.length,
        validation_accuracy: accuracy,
      }),
    };
  },
};

function bitsOf(model: string): number | undefined {
  const bits = Number(/^ngram-(\d{1,2})$/.exec(model)?.[1]);
  return bits >= fewestBits && bits <= mostBits ? bits : undefined;
}

function textOf({ id, messages }: TrainingExample): string {
  const text = lastUserText(messages);
  if (text === undefined)
    throw new StepFailure(
      `row "${id}" has no user message with text`,
      "a classifier reads the last user message",
    );
  return text;
}

// A map, because a label may be called __proto__.
function weightsOf(target: TrainingExample["target"]): ReadonlyMap<string, number> {
  return new Map(typeof target === "string" ? [[target, 1]] : Object.entries(target));
}

function chooseContract({
  answer,
  examples,
  warn,
}: TrainerContext<ClassifierHyperparameters>): AnswerContract {
  // By name, because a step's key does not know in which order they were written.
  if (answer !== undefined)
    return Object.entries(answer)
      .map(([field, holds]) => ({ field, holds }))
      .toSorted((one, other) => (one.field < other.field ? -1 : 1));
  const { contract, unwritten } = findContract(examples);
  if (unwritten.length > 0)
    warn(
      `the stored answers also have ${unwritten.map((field) => `"${field}"`).join(", ")}, which a classifier cannot write`,
    );
  return contract;
}

// The file is asked, not what it was made from: what is measured is what will answer.
async function measureAccuracy(file: Uint8Array, validation: readonly TrainingExample[]): Promise<number> {
  const { decodeModel } = await import("../../classifier/model-file.ts");
  const { createPredictor } = await import("../../classifier/predict.ts");
  const predict = createPredictor(decodeModel(file).model);
  const right = validation.filter((example) => {
    const { labels, probabilities } = predict(textOf(example));
    return heaviestLabels(example.target).includes(
      labels[probabilities.indexOf(Math.max(...probabilities))]!,
    );
  });
  return right.length / validation.length;
}
