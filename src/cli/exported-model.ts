import type { PlanNode } from "../runner/plan.ts";
import type { Reference } from "../runner/references.ts";
import { cascadesOf, type FoundCascade } from "./ask-cascade.ts";
import { exit } from "./exit.ts";
import { findModel, requireKept } from "./find-model.ts";
import type { KeptPlan } from "./open-kept.ts";
import { Stop } from "./stop.ts";

/** A model on its way out of the store. */
export interface ExportedModel {
  readonly name: string;
  readonly reference: Reference;
  /** Where the name is a cascade's: what it decides by. Its first model is what leaves. */
  readonly cascade: FoundCascade | undefined;
  readonly own: ExportedFile | ServedModel;
}

/** A classifier that was trained here. */
export interface ExportedFile {
  readonly type: "classifier";
  /** The step that trained it. */
  readonly maker: PlanNode;
  /** sha256 of its file, hex. */
  readonly digest: string;
  /** Absolute path of its file in the store. */
  readonly path: string;
}

/** A model that stays where its provider serves it. */
export interface ServedModel {
  readonly type: "served";
  /** Its name in the spec. */
  readonly model: string;
}

/** Finds what a name stands for. @throws Stop where that is no model, is not in the store, or cannot leave */
export async function findExported(
  kept: KeptPlan,
  name: string,
  spec: string | undefined,
): Promise<ExportedModel> {
  const reference = findModel(kept, name, "export");
  requireKept(kept, { name, reference, spec });
  const cascade = cascadesOf(kept, reference).find(({ isAsked }) => isAsked);
  if (cascade === undefined)
    return { name, reference, cascade, own: await findOwn(kept, { name, reference, spec }) };
  const { first, node } = cascade;
  const own = await findOwn(kept, { name: first, reference: node.references.get(first)!, spec });
  return { name, reference, cascade, own };
}

async function findOwn(
  kept: KeptPlan,
  model: { readonly name: string; readonly reference: Reference; readonly spec: string | undefined },
): Promise<ExportedModel["own"]> {
  const { name, reference, spec } = model;
  const { plan, store, contents } = kept;
  if (reference.from !== "step") return { type: "served", model: reference.name };
  const maker = plan.byId.get(reference.id)!;
  if (maker.definition.name === "cascade")
    throw new Stop(exit.usage, `"${name}" is a cascade within a cascade, which cannot leave`);
  const trainer = plan.registry.trainers.get(String(maker.params.trainer));
  if (trainer?.servedBy !== "classifier")
    throw new Stop(
      exit.usage,
      `"${name}" was trained by ${maker.params.trainer}: only classifiers can leave`,
    );
  requireKept(kept, model);
  const { digest } = contents.manifest(maker.id)!.outputs[reference.output]!;
  const path = await store?.open(digest);
  if (path === undefined)
    throw new Stop(
      exit.failed,
      `the file of "${name}" is not in the store`,
      `distill run ${spec === undefined ? "" : `${spec} `}--only ${maker.id}`,
    );
  return { type: "classifier", maker, digest, path };
}
