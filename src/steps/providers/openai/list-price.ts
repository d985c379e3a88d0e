import type { Price } from "../../../runner/money/price.ts";
import { asOf, prices } from "./prices.ts";

/** What OpenAI asks for a model's tokens by the list beside this file; undefined where the model is not in it. */
export function listPrice(model: string): Price | undefined {
  const entry = Object.hasOwn(prices, model)
    ? prices[model]
    : Object.values(prices).find(({ names }) => names?.includes(model));
  if (entry === undefined) return undefined;
  const { names: _, ...price } = entry;
  return { ...price, as_of: asOf };
}
