import { normalCdf } from "./normal.ts";
import { requireOpenProportion } from "./require.ts";
import { observedDifference, type PairedCounts, tangoScore } from "./tango-score.ts";

/** The observed difference p_A − p_B (−1..1) and the p-value (0..1) of "A is worse by the margin or more". */
export interface NotWorse {
  readonly difference: number;
  readonly p: number;
}

/**
 * Tests on paired outcomes that A is not worse than B by `margin` (0..1, exclusive) or more:
 * H0: p_A − p_B <= −margin; a small p rejects it.
 *
 * p = 1 − Φ(z), z being Tango's score at −margin with the maximum likelihood estimate restricted to H0. With
 * no discordant pair z = √(n m / (1 − m)), m the margin: agreement is evidence, the more so with more items.
 * The test is asymptotic. Its exact size, summed over every outcome at margin .03 and α = .05 for 0 to 30 %
 * of items only A, is at most .060 for 30 to 200 items and at most .053 from 300 on.
 * RangeError on counts that are no counts, on no pairs, or unless 0 < margin < 1; for a margin of 0 ask
 * `mcnemarExactBetter`.
 *
 * Source: T. Tango, Statistics in Medicine 17 (1998), 891–908.
 */
export function notWorseThan(counts: PairedCounts, margin: number): NotWorse {
  const difference = observedDifference(counts);
  requireOpenProportion("margin", margin);
  return { difference, p: normalCdf(-tangoScore(counts, -margin)) };
}
