import type { PlanContents } from "../runner/contents.ts";
import { modelDigest } from "../runner/key.ts";
import type { Plan, PlanNode } from "../runner/plan.ts";

/** What stands behind a model's digest. */
export type KnownModel =
  | { readonly type: "local" }
  | { readonly type: "asked" }
  /** Digests of the two that it joins. */
  | { readonly type: "cascade"; readonly first: string; readonly fallback: string };

/** Every model of a plan by its digest, as far as the steps that make them are done. */
export function knownModels(plan: Plan, contents: PlanContents): ReadonlyMap<string, KnownModel> {
  const known = new Map<string, KnownModel>();
  for (const node of plan.nodes)
    for (const { keyword, argument, text } of node.fields) {
      if (keyword !== "artifact" || argument !== "model") continue;
      const reference = node.references.get(text);
      if (
        reference === undefined ||
        (reference.from === "step" && contents.manifest(reference.id) === undefined)
      )
        continue;
      known.set(modelDigest(plan, node, text, contents), describe(plan, contents, node, text));
    }
  return known;
}

function describe(plan: Plan, contents: PlanContents, node: PlanNode, text: string): KnownModel {
  const reference = node.references.get(text)!;
  if (reference.from === "model") {
    const provider = plan.spec.providers.get(plan.spec.models.get(reference.name)?.provider ?? "");
    return ofProvider(plan, provider?.type);
  }
  if (reference.from === "dataset") return { type: "asked" };
  const maker = plan.byId.get(reference.id)!;
  const facts = contents.manifest(maker.id)!.summary.facts;
  if (maker.definition.name === "cascade")
    return { type: "cascade", first: String(facts.first), fallback: String(facts.fallback) };
  return ofProvider(plan, plan.registry.trainers.get(String(facts.trainer))?.servedBy);
}

// Asking a recorded model costs nothing now, and its answers cost somebody something once: only what answers
// afresh and for nothing is known to cost nothing.
function ofProvider(plan: Plan, type: string | undefined): KnownModel {
  const provider = type === undefined ? undefined : plan.registry.providers.get(type);
  return { type: provider?.free === true && !provider.kept ? "local" : "asked" };
}
