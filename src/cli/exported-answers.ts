import { readFile } from "node:fs/promises";
import { decodeModel } from "../classifier/model-file.ts";
import { createPredictor } from "../classifier/predict.ts";
import type { Json } from "../runner/row.ts";
import { writeAnswer } from "../steps/providers/classifier-answer.ts";
import { toSample } from "../steps/sample.ts";
import type { AnswerContract } from "../steps/trainers/answer-contract.ts";
import { decide, type FoundCascade } from "./ask-cascade.ts";
import { exit } from "./exit.ts";
import type { ExportedFile } from "./exported-model.ts";
import { Stop } from "./stop.ts";

/** What an exported module says of a text. */
export interface ExportedAnswer {
  /** The most probable label. */
  readonly label: string;
  /** How sure the model is, 0 to 1, as a cascade reads it. */
  readonly confidence: number;
  /** For a cascade: whether the answer stands, or the fallback is asked. */
  readonly keep?: boolean;
  /** Every label's, 0 to 1. */
  readonly probabilities: { readonly [label: string]: number };
  /** The answer as the pipeline has it. */
  readonly output_text: string;
}

/** Where a module reads how sure the model is: the probability of the text, or that with the four digits of an answer. */
export type ConfidenceSource = "text" | "rounded";

/** The answers that distill itself gives with a classifier, alone or as the first of a cascade. */
export interface ExportedAnswers {
  readonly labels: readonly string[];
  readonly confidence: ConfidenceSource;
  answer(text: string): ExportedAnswer;
}

/** @throws Stop where a cascade decides by an expression that a module cannot evaluate */
export async function openAnswers(
  { path }: ExportedFile,
  cascade: FoundCascade | undefined,
): Promise<ExportedAnswers> {
  const { model, meta } = decodeModel(await readFile(path));
  const contract = (meta.contract ?? null) as AnswerContract;
  const predict = createPredictor(model);
  // Alone a classifier is as sure as a cascade with no "by" would take it to be.
  const decider = cascade ?? alone;
  return {
    labels: model.labels,
    confidence: cascade === undefined ? "text" : sourceOf(cascade, contract),
    answer(text) {
      const { labels, probabilities } = predict(text);
      const prediction = labels.map((label, index) => ({ label, probability: probabilities[index]! }));
      const answer = writeAnswer(prediction, contract);
      const { confidence, keeps } = decide(decider, toSample({ ...answer, latency_ms: 0 }, 0));
      if (confidence === null) throw new Error(`no confidence can be read of ${answer.output_text}`);
      return {
        label: String(answer.logprobs![0]!.token),
        confidence,
        ...(cascade !== undefined && { keep: keeps }),
        probabilities: Object.fromEntries(prediction.map(({ label, probability }) => [label, probability])),
        output_text: answer.output_text,
      };
    },
  };
}

const alone = {
  node: { id: "", params: {} },
  isAsked: false,
  first: "",
  fallback: "",
  threshold: null,
} as const;

function sourceOf({ node, first }: FoundCascade, contract: AnswerContract): ConfidenceSource {
  const by = node.params.by as string | undefined;
  if (by === undefined) return "text";
  const holds = (field: string | undefined) => contract?.find((entry) => entry.field === field)?.holds;
  const [, value, key] =
    /^\s*sample\.output_json\.(\w+)(?:\[sample\.output_json\.(\w+)\])?\s*$/.exec(by) ?? [];
  if (
    key === undefined
      ? holds(value) === "confidence"
      : holds(value) === "probabilities" && holds(key) === "label"
  )
    return "rounded";
  throw new Stop(
    exit.usage,
    `"${node.id}" decides by ${JSON.stringify(by as Json)}, which only distill can evaluate`,
    `export its first model alone: distill export ${first}`,
  );
}
