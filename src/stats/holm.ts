import { requireOpenProportion, requireProportion } from "./require.ts";

/**
 * The p-values of several questions asked at once, adjusted so that comparing each with α keeps the
 * probability of any false rejection at α; in the order given, each 0..1. RangeError on a p outside 0..1.
 *
 * With m of them, the i-th smallest becomes the largest of (m − j + 1) p_(j) over j <= i, at most 1.
 *
 * Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
 * Statistics 6 (1979).
 */
export function holm(ps: readonly number[]): readonly number[] {
  for (const p of ps) requireProportion("p", p);
  const adjusted = ps.map(() => 0);
  let largest = 0;
  orderOf(ps).forEach((at, i) => {
    largest = Math.max(largest, Math.min(1, (ps.length - i) * ps[at]!));
    adjusted[at] = largest;
  });
  return adjusted;
}

/**
 * Which questions are rejected where each has a level of its own: Holm's procedure on p / alpha, that is, the
 * i-th smallest of m is rejected while p <= alpha / (m − i + 1), and the first that is not ends it.
 *
 * The first false rejection, with m₀ true hypotheses, comes when at least m₀ are left, so one of these has
 * p <= alpha / m₀. By Boole's inequality that has at most the probability Σ alpha / m₀ over them, which is
 * the mean of their alphas and so at most the largest alpha.
 * RangeError on a p outside 0..1, or unless 0 < alpha < 1. Source as `holm`.
 */
export function holmReject(
  entries: readonly { readonly p: number; readonly alpha: number }[],
): readonly boolean[] {
  for (const { p, alpha } of entries) {
    requireProportion("p", p);
    requireOpenProportion("alpha", alpha);
  }
  const order = orderOf(entries.map(({ p, alpha }) => p / alpha));
  const stop = order.findIndex((at, i) => {
    const { p, alpha } = entries[at]!;
    return p > alpha / (entries.length - i);
  });
  const rejected = new Set(stop === -1 ? order : order.slice(0, stop));
  return entries.map((_, at) => rejected.has(at));
}

/** The places of the numbers from the smallest up. */
function orderOf(numbers: readonly number[]): readonly number[] {
  return Array.from(numbers.keys()).sort((i, j) => numbers[i]! - numbers[j]!);
}
