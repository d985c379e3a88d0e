import type { PlanContents } from "../runner/contents.ts";
import { modelDigest } from "../runner/key.ts";
import type { Plan, PlanNode } from "../runner/plan.ts";
import type { ProviderDefinition } from "../runner/provider.ts";
import { isBilled } from "../runner/shop.ts";
import type { ModelSpec } from "../runner/spec.ts";

/** What stands behind a model's digest. */
export type KnownModel =
  | { readonly type: "local" }
  /** Billed: somebody sends a bill for its answers. */
  | { readonly type: "asked"; readonly billed: boolean }
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
  if (reference.from === "model") return ofSpec(plan, plan.spec.models.get(reference.name));
  if (reference.from === "dataset") return { type: "asked", billed: false };
  const maker = plan.byId.get(reference.id)!;
  const facts = contents.manifest(maker.id)!.summary.facts;
  if (maker.definition.name === "cascade")
    return { type: "cascade", first: String(facts.first), fallback: String(facts.fallback) };
  const servedBy = plan.registry.trainers.get(String(facts.trainer))?.servedBy;
  const provider = servedBy === undefined ? undefined : plan.registry.providers.get(servedBy);
  return isLocal(provider) ? { type: "local" } : { type: "asked", billed: provider?.free === false };
}

function ofSpec(plan: Plan, model: ModelSpec | undefined): KnownModel {
  const provider = plan.spec.providers.get(model?.provider ?? "");
  const definition = plan.registry.providers.get(provider?.type ?? "");
  if (isLocal(definition)) return { type: "local" };
  const isKnown = model !== undefined && provider !== undefined && definition !== undefined;
  return { type: "asked", billed: isKnown && isBilled(definition, provider, model) };
}

// Asking a recorded model costs nothing now, and its answers cost somebody something once: only what answers
// afresh and for nothing is known to cost nothing.
function isLocal(definition: Pick<ProviderDefinition, "free" | "kept"> | undefined): boolean {
  return definition?.free === true && !definition.kept;
}
