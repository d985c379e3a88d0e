import { defaultHyperparameters, type Hyperparameters } from "../../src/classifier/hyperparameters.ts";
import { createPredictor, type Prediction } from "../../src/classifier/predict.ts";
import { type Example, trainClassifier } from "../../src/classifier/train-classifier.ts";

interface Settings extends Partial<Hyperparameters> {
  readonly seed?: number | string;
}

/** Trains with the defaults, but for what is given. */
export async function train(examples: readonly Example[], { seed = 1, ...given }: Settings = {}) {
  const { model } = await trainClassifier({
    examples,
    hyperparameters: { ...defaultHyperparameters, ...given },
    seed,
  });
  return { model, predict: createPredictor(model) };
}

/** A prediction as an object, label by label. */
export function shares({ labels, probabilities }: Prediction): { readonly [label: string]: number } {
  return Object.fromEntries(labels.map((label, i) => [label, probabilities[i]!]));
}

/** The most probable label. */
export function topLabel({ labels, probabilities }: Prediction): string {
  return labels[probabilities.indexOf(Math.max(...probabilities))]!;
}
