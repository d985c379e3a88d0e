import type { Sample } from "../runner/row.ts";
import type { StepContext } from "../runner/step.ts";
import { type Evaluation, tryEvaluate } from "./scope.ts";

/** How sure (0..1) a model was of an answer, or why that cannot be told. */
export type ReadConfidence = (sample: Sample) => Evaluation<number>;

/**
 * Reads the confidence of answers: `by` over `sample`, or else the probability of the answer's text, which is
 * exp of the sum of its tokens' log probabilities.
 */
export function openConfidence(
  by: string | undefined,
  evaluator: StepContext<unknown>["evaluator"],
): ReadConfidence {
  if (by === undefined) return textProbability;
  const evaluate = evaluator(by, "expression");
  return (sample) => {
    const result = tryEvaluate(() => evaluate({ sample }));
    if (!result.ok) return result;
    const value = result.value;
    if (typeof value === "number" && value >= 0 && value <= 1) return { ok: true, value };
    return {
      ok: false,
      message: `"by" must be a number from 0 to 1, and is ${JSON.stringify(value) ?? "nothing"}`,
    };
  };
}

function textProbability({ logprobs }: Sample): Evaluation<number> {
  if (logprobs === null || logprobs.length === 0)
    return { ok: false, message: "the answer has no log probabilities" };
  const sum = logprobs.reduce((total, token) => total + token.logprob, 0);
  // A sum of rounded logarithms may come out a little above 0.
  return Number.isNaN(sum)
    ? { ok: false, message: "a log probability is no number" }
    : { ok: true, value: Math.min(1, Math.exp(sum)) };
}
