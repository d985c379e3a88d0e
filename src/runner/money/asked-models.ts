import type { Plan, PlanNode } from "../plan.ts";

/** A provider's model that is asked where a step asks a model. */
export interface AskedModel {
  /** Its name in the spec. */
  readonly model: string;
  /** False where it is asked only perhaps, as a cascade's fallback is. */
  readonly certain: boolean;
}

/** The models of providers, free ones left out, that are asked where a step asks the model that a reference names. */
export function askedModels(plan: Plan, node: PlanNode, reference: string): readonly AskedModel[] {
  const found = node.references.get(reference);
  if (found?.from === "model") {
    const { provider } = plan.spec.models.get(found.name)!;
    const { free } = plan.registry.providers.get(plan.spec.providers.get(provider)!.type)!;
    return free ? [] : [{ model: found.name, certain: true }];
  }
  if (found?.from !== "step") return [];
  const maker = plan.byId.get(found.id)!;
  // A model that was trained here is not asked for its base.
  return maker.fields
    .filter((field) => field.argument === "model" && field.pointer !== "/base")
    .flatMap((field) =>
      askedModels(plan, maker, field.text).map((part) => ({
        ...part,
        certain: part.certain && field.pointer === "/first",
      })),
    );
}
