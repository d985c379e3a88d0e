import type { Plan } from "../plan.ts";
import type { Price } from "./price.ts";

/** What a model of the spec costs: what the spec says, else what its provider's list does; undefined where neither knows. */
export function priceOf(plan: Plan, name: string): Price | undefined {
  const model = plan.spec.models.get(name)!;
  const provider = plan.spec.providers.get(model.provider)!;
  const listed = plan.registry.providers.get(provider.type)!.price;
  return model.price ?? listed?.(provider.params as never, model.model);
}
