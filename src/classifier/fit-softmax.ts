import type { Hyperparameters } from "./hyperparameters.ts";
import { softmax } from "./softmax.ts";
import type { SparseVector } from "./vocabulary.ts";

/** What a softmax regression is fitted to, and how. */
export interface SoftmaxTask {
  readonly vectors: readonly SparseVector[];
  /** For each vector its target: as many probabilities as there are labels, adding up to 1. */
  readonly targets: readonly Float64Array[];
  /** The logits of a text without features; they stay as they are. */
  readonly biases: Float64Array;
  readonly features: number;
  readonly hyperparameters: Pick<
    Hyperparameters,
    "n_epochs" | "batch_size" | "learning_rate" | "weight_decay"
  >;
  /** In 0..1; decides the order of the examples. */
  readonly random: () => number;
  /** Called after each batch; waits and throws as it likes. */
  readonly pause: (examples: number) => Promise<void>;
  /** Called after each epoch, which begin at 1, with the mean cross-entropy (nats) of what was predicted before each step. */
  readonly onEpoch: (epoch: number, loss: number) => void;
}

/**
 * Weights, feature by feature with one for each label, of the multinomial logistic regression
 * p(label | x) ∝ exp(bias + Σ x_i w_i,label) that minimise the cross-entropy to soft targets, by stochastic gradient
 * descent in shuffled batches. The gradient for one example is x_i (p − target): a soft target costs what a hard one
 * costs.
 *
 * Source: G. Hinton, O. Vinyals, J. Dean, "Distilling the knowledge in a neural network" (2015), for targets
 * that are distributions; L. Bottou, "Stochastic gradient descent tricks" (2012), for weights kept as
 * scale · w so that decay is free; A. Joulin et al., EACL 2017 (fastText), for the step that falls in a line.
 */
export async function fitSoftmax(task: SoftmaxTask): Promise<Float64Array> {
  const { vectors, targets, biases, hyperparameters } = task;
  const { n_epochs, batch_size, learning_rate, weight_decay } = hyperparameters;
  const labels = biases.length;
  const weights = new Float64Array(task.features * labels);
  const order = Uint32Array.from(vectors.keys());
  const errors = Array.from({ length: Math.min(batch_size, vectors.length) }, () => new Float64Array(labels));
  const steps = n_epochs * Math.ceil(vectors.length / batch_size);
  let step = 0;
  let scale = 1;
  for (let epoch = 1; epoch <= n_epochs; epoch++) {
    shuffle(order, task.random);
    let loss = 0;
    for (let start = 0; start < order.length; start += batch_size) {
      const batch = order.subarray(start, start + batch_size);
      for (let i = 0; i < batch.length; i++) {
        const target = targets[batch[i]!]!;
        const error = errors[i]!;
        addLogits(error, vectors[batch[i]!]!, weights);
        for (let l = 0; l < labels; l++) error[l] = error[l]! * scale + biases[l]!;
        softmax(error);
        loss += crossEntropy(target, error);
        for (let l = 0; l < labels; l++) error[l]! -= target[l]!;
      }
      const rate = learning_rate * (1 - step++ / steps);
      // A decay above 1 would turn the weights round.
      scale *= Math.max(0.5, 1 - rate * weight_decay);
      for (let i = 0; i < batch.length; i++) {
        descend(weights, {
          vector: vectors[batch[i]!]!,
          error: errors[i]!,
          rate: rate / (batch.length * scale),
        });
      }
      if (scale < 1e-9) scale = rescale(weights, scale);
      await task.pause(batch.length);
    }
    task.onEpoch(epoch, loss / order.length);
  }
  rescale(weights, scale);
  return weights;
}

/** Sets `logits` to Σ x_i w_i, without biases. */
function addLogits(logits: Float64Array, { slots, values }: SparseVector, weights: Float64Array): void {
  const labels = logits.length;
  logits.fill(0);
  for (let i = 0; i < slots.length; i++) {
    const at = slots[i]! * labels;
    const value = values[i]!;
    for (let l = 0; l < labels; l++) logits[l]! += value * weights[at + l]!;
  }
}

interface Descent {
  readonly vector: SparseVector;
  readonly error: Float64Array;
  readonly rate: number;
}

function descend(weights: Float64Array, { vector, error, rate }: Descent): void {
  const { slots, values } = vector;
  const labels = error.length;
  for (let i = 0; i < slots.length; i++) {
    const at = slots[i]! * labels;
    const by = values[i]! * rate;
    for (let l = 0; l < labels; l++) weights[at + l]! -= by * error[l]!;
  }
}

function crossEntropy(target: Float64Array, predicted: Float64Array): number {
  let sum = 0;
  for (let l = 0; l < target.length; l++) {
    if (target[l]! > 0) sum -= target[l]! * Math.log(Math.max(predicted[l]!, Number.MIN_VALUE));
  }
  return sum;
}

function rescale(weights: Float64Array, scale: number): 1 {
  if (scale !== 1) for (let i = 0; i < weights.length; i++) weights[i]! *= scale;
  return 1;
}

/** Fisher and Yates. */
function shuffle(order: Uint32Array, random: () => number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    const kept = order[i]!;
    order[i] = order[other]!;
    order[other] = kept;
  }
}
