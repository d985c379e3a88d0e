import type { Json } from "../../runner/row.ts";
import type { TrainingExample } from "../../runner/trainer.ts";

/** What a field of an answer holds. */
export type FieldContent = "label" | "probabilities" | "confidence";

/** How a classifier writes its answer: the fields of a JSON object, in order; null: the plain label. */
export type AnswerContract = readonly { readonly field: string; readonly holds: FieldContent }[] | null;

/** A contract found in stored answers, and the fields of theirs that a classifier cannot write. */
export interface FoundContract {
  readonly contract: AnswerContract;
  readonly unwritten: readonly string[];
}

/** Below this share of answers that keep to it, a field is chance rather than contract. */
const enough = 0.99;

/**
 * Finds how the stored answers were written, so that a classifier can answer alike: a field that equals the
 * heaviest label of the target holds the label, one that is the target's weights (or, for plain labels, weights
 * with the label among the heaviest) holds probabilities. Plain labels where any example has no JSON object as answer.
 */
export function findContract(examples: readonly TrainingExample[]): FoundContract {
  const answers = examples.map(({ answer, target }) => ({ fields: asObject(answer?.json ?? null), target }));
  if (answers.length === 0 || answers.some(({ fields }) => fields === null))
    return { contract: null, unwritten: [] };
  const names = [...new Set(answers.flatMap(({ fields }) => Object.keys(fields!)))];
  const contract: { field: string; holds: FieldContent }[] = [];
  const unwritten: string[] = [];
  for (const field of names) {
    const share = (holds: (value: Json | undefined, target: TrainingExample["target"]) => boolean) =>
      answers.filter(({ fields, target }) => holds(fields![field], target)).length / answers.length;
    if (share(isLabel) >= enough) contract.push({ field, holds: "label" });
    else if (share(isWeights) >= enough) contract.push({ field, holds: "probabilities" });
    else unwritten.push(field);
  }
  return contract.length === 0 ? { contract: null, unwritten: [] } : { contract, unwritten };
}

type Fields = { readonly [field: string]: Json };

function asObject(value: Json): Fields | null {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Fields) : null;
}

function isLabel(value: Json | undefined, target: TrainingExample["target"]): boolean {
  return typeof value === "string" && heaviestLabels(target).includes(value);
}

function isWeights(value: Json | undefined, target: TrainingExample["target"]): boolean {
  const weights = asObject(value ?? null);
  if (weights === null) return false;
  const entries = Object.entries(weights);
  if (entries.length === 0 || entries.some(([, weight]) => typeof weight !== "number" || weight < 0))
    return false;
  if (typeof target === "string")
    return heaviestLabels(weights as { readonly [label: string]: number }).includes(target);
  return (
    entries.length === Object.keys(target).length &&
    entries.every(([label, weight]) => target[label] === weight)
  );
}

/** The labels with the greatest weight: several where they tie. */
export function heaviestLabels(target: TrainingExample["target"]): readonly string[] {
  if (typeof target === "string") return [target];
  const most = Math.max(...Object.values(target));
  return Object.keys(target).filter((label) => target[label] === most);
}
