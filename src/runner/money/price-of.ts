import type { Plan } from "../plan.ts";
import type { JsonObject } from "../row.ts";
import type { Price } from "./price.ts";

/** What a model of the spec costs: what the spec says, else what its provider's list does; undefined where neither knows. */
export function priceOf(plan: Plan, name: string): Price | undefined {
  return plan.spec.models.get(name)!.price ?? listedPrice(plan, name);
}

/** What its provider's list says of a model; undefined where it is not in it. */
export function listedPrice(plan: Plan, name: string): Price | undefined {
  const model = plan.spec.models.get(name)!;
  const provider = plan.spec.providers.get(model.provider)!;
  return plan.registry.providers.get(provider.type)!.price?.(provider.params as never, model.model);
}

/** A price for requests with these parameters: undefined where they ask for a service that a list does not price. */
export function priceFor(price: Price | undefined, parameters: JsonObject): Price | undefined {
  const isListed = price?.as_of !== undefined;
  const asksMore =
    !["auto", "default"].includes((parameters.service_tier ?? "auto") as string) ||
    parameters.web_search_options !== undefined;
  return isListed && asksMore ? undefined : price;
}
