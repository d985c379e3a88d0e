import { normalQuantile } from "./normal.ts";
import { requireCount, requireOpenProportion } from "./require.ts";

/** A confidence interval, both ends included. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Wilson's score interval for a proportion (0..1), without continuity correction; n = 0 gives 0..1.
 *
 * With p = successes / n and z the two-sided normal quantile:
 * (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n).
 * RangeError unless 0 <= successes <= n are whole numbers and 0 < confidence < 1.
 *
 * Source: E. B. Wilson, JASA 22 (1927); recommended by R. G. Newcombe, Statistics in Medicine 17 (1998),
 * 857–872, as method 3 of seven.
 */
export function wilsonInterval(successes: number, n: number, confidence = 0.95): Interval {
  requireCount("n", n);
  requireCount("successes", successes);
  if (successes > n) throw new RangeError(`successes must be at most n, not ${successes} of ${n}`);
  requireOpenProportion("confidence", confidence);
  if (n === 0) return { low: 0, high: 1 };
  const z = -normalQuantile((1 - confidence) / 2);
  const p = successes / n;
  const centre = p + (z * z) / (2 * n);
  const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  // At the ends the formula is exactly 0 and 1; rounding must not say otherwise.
  return {
    low: successes === 0 ? 0 : Math.max(0, (centre - half) / scale),
    high: successes === n ? 1 : Math.min(1, (centre + half) / scale),
  };
}
