import type { Usage } from "../provider.ts";
import type { Price } from "./price.ts";

/** What an answer cost by its tokens, US dollars; null where tokens or price are not known. */
export function costOf(
  usage: Usage | null,
  price: Price | undefined,
  { batch }: { readonly batch: boolean },
): number | null {
  const rates = ratesOf(price, batch);
  if (usage === null || rates === undefined) return null;
  if (usage.input_tokens > (price?.up_to_input_tokens ?? Number.POSITIVE_INFINITY)) return null;
  const cached = Math.min(usage.cached_tokens ?? 0, usage.input_tokens);
  return (
    ((usage.input_tokens - cached) * rates.input +
      cached * rates.cached +
      usage.output_tokens * rates.output) /
    1e6
  );
}

/** US dollars per million tokens of one way of asking. */
export interface Rates {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

/** The rates of a price; undefined where it does not name those of batches. */
export function ratesOf(price: Price | undefined, batch: boolean): Rates | undefined {
  if (price === undefined) return undefined;
  const { input, output, cached_input, batch_input, batch_output } = price;
  if (!batch) return { input, output, cached: Math.min(input, cached_input ?? input) };
  if (batch_input === undefined || batch_output === undefined) return undefined;
  // A batch is not discounted twice: providers say nothing of cached tokens in it.
  return { input: batch_input, output: batch_output, cached: batch_input };
}
