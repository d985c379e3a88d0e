import { binomialLowerTail, binomialUpperTail } from "../stats/binomial.ts";
import { quantile } from "../stats/quantile.ts";
import type { Estimate } from "./estimate-share.ts";

/**
 * A quantile by nearest rank with its exact interval, whose ends are values that occurred: the number of values below
 * the true quantile is binomial(n, share), whatever the distribution. An end is null where there are too few values.
 *
 * Source: W. J. Conover, Practical Nonparametric Statistics (1999), section 3.2.
 */
export function quantileInterval(
  values: readonly number[],
  { share, confidence }: { readonly share: number; readonly confidence: number },
): Estimate {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  const tail = (1 - confidence) / 2;
  // Ranks from 1: the value of rank r is above the quantile where fewer than r values lie below it.
  let low = 0;
  while (low < n && binomialLowerTail({ successes: low, n, probability: share }) <= tail) low++;
  let high = n + 1;
  while (high > 1 && binomialUpperTail({ successes: high - 1, n, probability: share }) <= tail) high--;
  return {
    value: quantile(values, share),
    low: sorted[low - 1] ?? null,
    high: sorted[high - 1] ?? null,
  };
}
