import { requireCount } from "./require.ts";

/** How many items both models got right, only A, only B, and neither. */
export interface PairedCounts {
  readonly both: number;
  readonly onlyA: number;
  readonly onlyB: number;
  readonly neither: number;
}

/** The observed difference p_A − p_B in −1..1; RangeError on counts that are no counts, or none at all. */
export function observedDifference({ both, onlyA, onlyB, neither }: PairedCounts): number {
  for (const [name, count] of Object.entries({ both, onlyA, onlyB, neither })) requireCount(name, count);
  const n = both + onlyA + onlyB + neither;
  if (n === 0) throw new RangeError("there are no pairs to compare");
  return (onlyA - onlyB) / n;
}

/**
 * Tango's score statistic of the hypothesis p_A − p_B = `difference` (−1..1), standard normal under it and
 * falling as `difference` rises.
 *
 * With d = difference and q the maximum likelihood estimate of P(only B) under the hypothesis:
 * z = (onlyA − onlyB − n d) / √(n (2q + d(1 − d))), where q is the larger root of
 * 2n q² + (−onlyA − onlyB + (2n − onlyA + onlyB) d) q − onlyB d(1 − d) = 0.
 * Only at d = ±1 is the variance 0; z is then infinite, or 0 where the data say the same.
 *
 * Source: T. Tango, "Equivalence test and confidence interval for the difference in proportions for the
 * paired-sample design", Statistics in Medicine 17 (1998), 891–908.
 */
export function tangoScore(counts: PairedCounts, difference: number): number {
  const { both, onlyA, onlyB, neither } = counts;
  const n = both + onlyA + onlyB + neither;
  const distance = onlyA - onlyB - n * difference;
  const q = restrictedOnlyB({ onlyA, onlyB, n, difference });
  const variance = n * (2 * q + difference * (1 - difference));
  if (variance > 0) return distance / Math.sqrt(variance);
  return distance === 0 ? 0 : distance * Number.POSITIVE_INFINITY;
}

function restrictedOnlyB(known: {
  readonly onlyA: number;
  readonly onlyB: number;
  readonly n: number;
  readonly difference: number;
}): number {
  const { onlyA, onlyB, n, difference: d } = known;
  const b = -onlyA - onlyB + (2 * n - onlyA + onlyB) * d;
  const c = -onlyB * d * (1 - d);
  const root = Math.sqrt(Math.max(0, b * b - 8 * n * c));
  // The textbook root cancels where b is positive; its conjugate does not.
  if (b <= 0) return (root - b) / (4 * n);
  return (-2 * c) / (b + root);
}
