import { requireProportion } from "./require.ts";

/**
 * The quantile by nearest rank: the ⌈share·n⌉-th smallest value, so always one that occurred; share 0 gives
 * the smallest. RangeError on no values, on a value that is not a number, or on a share outside 0..1.
 *
 * Source: definition 1 of R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages", The American
 * Statistician 50 (1996).
 */
export function quantile(values: readonly number[], share: number): number {
  requireProportion("share", share);
  const sorted = Float64Array.from(values).sort();
  // 0.07 * 100 is 7.000000000000001: a rank must not rise by a rounding error.
  const rank = Math.max(1, Math.ceil(share * sorted.length - 1e-9));
  const value = sorted[rank - 1];
  if (value === undefined) throw new RangeError("there are no values to take a quantile of");
  // NaN sorts last.
  if (Number.isNaN(sorted[sorted.length - 1])) throw new RangeError("a value is not a number");
  return value;
}
