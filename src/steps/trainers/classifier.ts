import type { FromSchema } from "json-schema-to-ts";
import { hyperparameters as all } from "../../classifier/hyperparameters.ts";
import type { Target } from "../../classifier/targets.ts";
import type { JsonObject } from "../../runner/row.ts";
import {
  StepFailure,
  type TrainerContext,
  type TrainerDefinition,
  type TrainingExample,
} from "../../runner/step.ts";
import { type AnswerContract, findContract } from "./answer-contract.ts";
import { lastUserText } from "./last-user-text.ts";

// How many features a model keeps is what the names of its bases say: ngram-16 keeps 2^16.
const { max_features: _, ...properties } = all.properties;
const hyperparameters = { ...all, properties } as const;

type ClassifierHyperparameters = FromSchema<typeof hyperparameters>;

const fewestBits = 8;
const mostBits = 18;

/** Learns a large model's labels, or the weights that it gave them, from the last user message. */
export const classifier: TrainerDefinition<ClassifierHyperparameters> = {
  name: "classifier",
  version: 1,
  summary:
    "Trains a text classifier of n-grams on labels or on a teacher's stated probabilities; a second or two.",
  hyperparameters,
  servedBy: "classifier",
  free: true,
  check({ provider, model }) {
    if (provider !== "classifier")
      return `the trainer classifier trains models of providers of type classifier, not ${provider}`;
    return featuresOf(model) === undefined
      ? `"${model}" is no base of a classifier: ngram-${fewestBits} to ngram-${mostBits}, such as ngram-16 for 2^16 features`
      : undefined;
  },
  train,
};

async function train(context: TrainerContext<ClassifierHyperparameters>): Promise<JsonObject> {
  const [{ trainClassifier }, { encodeModel }] = await Promise.all([
    import("../../classifier/train-classifier.ts"),
    import("../../classifier/model-file.ts"),
  ]);
  const { hyperparameters: given, seed, signal } = context;
  const contract = readContract(context);
  const { model, losses } = await trainClassifier({
    examples: context.examples.map((example) => ({
      text: lastUserText(example.messages),
      target: weightsOf(example),
    })),
    hyperparameters: { ...given, max_features: featuresOf(context.base.model)! },
    seed,
    signal,
    onEpoch: (epoch, loss) => context.progress(epoch, given.n_epochs, `loss ${loss.toFixed(3)}`),
  });
  if (model.labels.length < 2)
    context.warn(`all examples say "${model.labels[0]}": the model can say nothing else`);
  const bytes = encodeModel(model, { contract });
  context.output.bytes(bytes);
  return {
    labels: model.labels.length,
    epochs: losses.length,
    // Digits beyond these are of no use to anyone.
    loss: Number(losses.at(-1)!.toPrecision(6)),
    bytes: bytes.length,
    ...(await validate(context, bytes)),
  };
}

/** Share of validation examples whose heaviest label the model says. */
async function validate(
  context: TrainerContext<ClassifierHyperparameters>,
  bytes: Uint8Array,
): Promise<JsonObject> {
  if (context.validation.length === 0) return {};
  const [{ decodeModel }, { createPredictor }] = await Promise.all([
    import("../../classifier/model-file.ts"),
    import("../../classifier/predict.ts"),
  ]);
  const predict = createPredictor(decodeModel(bytes).model);
  const right = context.validation.filter((example) => {
    const { labels, probabilities } = predict(lastUserText(example.messages));
    return labels[probabilities.indexOf(Math.max(...probabilities))] === heaviest(weightsOf(example));
  });
  return {
    validation_examples: context.validation.length,
    validation_accuracy: right.length / context.validation.length,
  };
}

function readContract({ answer, examples, warn }: TrainerContext<ClassifierHyperparameters>): AnswerContract {
  if (answer !== undefined) return Object.entries(answer).map(([field, holds]) => ({ field, holds }));
  const { contract, unwritten } = findContract(examples);
  if (unwritten.length > 0)
    warn(
      `stored answers have ${unwritten.join(", ")} too, which a classifier cannot write: its answers lack them`,
    );
  return contract;
}

function weightsOf({ id, target }: TrainingExample): Exclude<Target, ReadonlyMap<string, number>> {
  if (target === "") throw new StepFailure(`row "${id}": the label is empty`);
  return typeof target === "string" ? { [target]: 1 } : target;
}

function heaviest(target: { readonly [label: string]: number }): string | undefined {
  return Object.entries(target).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0];
}

function featuresOf(model: string): number | undefined {
  const bits = Number(/^ngram-(\d{1,2})$/.exec(model)?.[1]);
  return bits >= fewestBits && bits <= mostBits ? 2 ** bits : undefined;
}
