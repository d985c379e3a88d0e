import type { Vocabulary } from "./vocabulary.ts";

/** A text classifier with its weights in 8 bits: the one form in which it is trained to, kept and asked. */
export interface ClassifierModel {
  /** Ascending and distinct, at least one. */
  readonly labels: readonly string[];
  readonly vocabulary: Vocabulary;
  /** −127..127, feature by feature with one for each label. */
  readonly weights: Int8Array;
  /** For each label what one unit of its weights is worth. */
  readonly scales: Float64Array;
  /** For each label its logit where a text has no known feature. */
  readonly biases: Float64Array;
}

/** Rounds weights to 8 bits, with one scale for each label: its greatest weight becomes ±127. */
export function quantizeWeights(
  weights: Float64Array,
  labels: number,
): Pick<ClassifierModel, "weights" | "scales"> {
  const scales = new Float64Array(labels);
  for (let i = 0; i < weights.length; i++) {
    scales[i % labels] = Math.max(scales[i % labels]!, Math.abs(weights[i]!) / 127);
  }
  return {
    weights: Int8Array.from(weights, (weight, i) =>
      weight === 0 ? 0 : Math.round(weight / scales[i % labels]!),
    ),
    scales,
  };
}
