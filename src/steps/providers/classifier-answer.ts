import type { ModelAnswer } from "../../runner/provider.ts";
import type { Json } from "../../runner/row.ts";
import type { AnswerContract, FieldContent } from "../trainers/answer-contract.ts";

/** A label with its probability (0..1). */
export interface LabelProbability {
  readonly label: string;
  readonly probability: number;
}

/** OpenAI's limit of alternatives for one token. */
const maxAlternatives = 20;
/** A probability below this is noise, and would make every answer long. */
const leastShown = 0.005;

/**
 * A prediction as the answer of a model: text by the contract, and the label as one token with its log probability.
 * Equal probabilities are in the order of the labels.
 */
export function writeAnswer(
  prediction: readonly LabelProbability[],
  contract: AnswerContract,
): Omit<ModelAnswer, "latency_ms"> {
  const ranked = [...prediction].sort(
    (a, b) => b.probability - a.probability || (a.label < b.label ? -1 : 1),
  );
  const alternatives = ranked.map(({ label, probability }) => ({
    token: label,
    logprob: logOf(probability),
  }));
  return {
    output_text: writeText(ranked, contract),
    tool_calls: [],
    finish_reason: "stop",
    logprobs: [{ ...alternatives[0]!, top_logprobs: alternatives.slice(0, maxAlternatives) }],
    resolved_model: null,
    usage: null,
    provider_id: null,
  };
}

/** The text of an answer; `ranked` begins with the most probable label. */
function writeText(ranked: readonly LabelProbability[], contract: AnswerContract): string {
  if (contract === null) return ranked[0]!.label;
  return `{${contract.map(({ field, holds }) => `${JSON.stringify(field)}:${JSON.stringify(fieldValue(holds, ranked))}`).join(",")}}`;
}

function fieldValue(holds: FieldContent, ranked: readonly LabelProbability[]): Json {
  const [first] = ranked;
  switch (holds) {
    case "label":
      return first!.label;
    case "confidence":
      return fourDigits(first!.probability);
    case "probabilities":
      return Object.fromEntries(
        ranked
          .filter(({ probability }, index) => index === 0 || probability >= leastShown)
          .map(({ label, probability }) => [label, fourDigits(probability)]),
      );
  }
}

function fourDigits(probability: number): number {
  return Math.round(probability * 10_000) / 10_000;
}

// JSON has no −Infinity; this is what the smallest probability gives.
function logOf(probability: number): number {
  return Math.log(Math.max(probability, Number.MIN_VALUE));
}
