import { evaluator } from "../runner/models.ts";
import type { PlanNode } from "../runner/plan.ts";
import type { Reference } from "../runner/references.ts";
import type { Sample } from "../runner/row.ts";
import { openConfidence } from "../steps/confidence.ts";
import { isSame } from "./choose-prompt.ts";
import type { KeptPlan } from "./open-kept.ts";

/** A cascade that a model is, or is the first of. */
export interface FoundCascade {
  readonly node: PlanNode;
  /** True where the cascade itself was asked, false where its first model was. */
  readonly isAsked: boolean;
  readonly first: string;
  readonly fallback: string;
  /** Null where no threshold keeps the promise, so that everything goes to the fallback. */
  readonly threshold: number | null;
}

/** What a cascade makes of an answer of its first model. */
export interface AskedCascade {
  readonly cascade: string;
  readonly is_asked: boolean;
  readonly first: string;
  readonly fallback: string;
  readonly threshold: number | null;
  /** How sure the first model was, 0 to 1; null where it was not asked, or that cannot be told. */
  readonly confidence: number | null;
  /** True where the first model's answer stands, false where the fallback is asked. */
  readonly keeps: boolean;
}

/** The cascades that have to do with a model, of those that are in the store. */
export function cascadesOf({ plan, contents }: KeptPlan, model: Reference): readonly FoundCascade[] {
  return plan.nodes.flatMap((node) => {
    const facts = contents.manifest(node.id)?.summary.facts;
    if (node.definition.name !== "cascade" || facts === undefined) return [];
    const { first, fallback } = node.params as { readonly first: string; readonly fallback: string };
    const isAsked = model.from === "step" && model.id === node.id;
    if (!isAsked && !isSame(node.references.get(first), model)) return [];
    return [{ node, isAsked, first, fallback, threshold: facts.threshold as number | null }];
  });
}

/** Whether a cascade keeps an answer of its first model; `sample` is undefined where that was not asked. */
export function decide(
  {
    node,
    isAsked,
    first,
    fallback,
    threshold,
  }: Omit<FoundCascade, "node"> & {
    readonly node: Pick<PlanNode, "id" | "params">;
  },
  sample: Sample | undefined,
): AskedCascade {
  const { by } = node.params as { readonly by?: string };
  const read = sample === undefined ? undefined : openConfidence(by, evaluator)(sample);
  const confidence = read?.ok === true ? read.value : null;
  const keeps = threshold !== null && confidence !== null && confidence >= threshold;
  return { cascade: node.id, is_asked: isAsked, first, fallback, threshold, confidence, keeps };
}
