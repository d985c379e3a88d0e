import { normalQuantile } from "./normal.ts";
import { requireOpenProportion } from "./require.ts";
import { observedDifference, type PairedCounts, tangoScore } from "./tango-score.ts";
import type { Interval } from "./wilson.ts";

/** A difference p_A − p_B (−1..1) and its interval. */
export interface PairedDifference {
  readonly difference: number;
  readonly interval: Interval;
}

/**
 * The difference p_A − p_B of two models on the same items, with Tango's score interval: all differences that
 * the two-sided score test does not reject. RangeError on counts that are no counts, on no pairs, or unless
 * 0 < confidence < 1.
 *
 * Why Tango and not Newcombe's method 10 (square-and-add): both stay in −1..1 and near their nominal coverage
 * where Wald's interval does neither (R. G. Newcombe, Statistics in Medicine 17 (1998), 2635–2650;
 * M. W. Fagerland, S. Lydersen, P. Laake, Statistics in Medicine 33 (2014), 2850–2875), so another reason
 * decides. Tango's inverts the test in `notWorseThan`, and a report never shows an interval that contradicts
 * the gate beside it: at confidence 1 − 2α it lies above −margin exactly where the gate has p < α. Exact
 * non-coverage at .95, summed over every outcome, with P(only A) and P(only B): .043 (n = 50; .1, .1), .049
 * (200; .1, .05), .050 (600; .06, .04), .047 (600; .02, .01). Without a discordant pair it is ± z²/(n + z²).
 *
 * Source: T. Tango, Statistics in Medicine 17 (1998), 891–908.
 */
export function pairedDifference(counts: PairedCounts, confidence = 0.95): PairedDifference {
  const difference = observedDifference(counts);
  requireOpenProportion("confidence", confidence);
  const z = -normalQuantile((1 - confidence) / 2);
  return {
    difference,
    interval: {
      low: whereScoreFallsTo(counts, { score: z, from: -1, to: difference }),
      high: whereScoreFallsTo(counts, { score: -z, from: difference, to: 1 }),
    },
  };
}

function whereScoreFallsTo(
  counts: PairedCounts,
  { score, from, to }: { readonly score: number; readonly from: number; readonly to: number },
): number {
  let above = from;
  let below = to;
  for (;;) {
    const middle = (above + below) / 2;
    // No double is left between; the end that is returned is the outer one.
    if (middle === above || middle === below) return score > 0 ? above : below;
    if (tangoScore(counts, middle) > score) above = middle;
    else below = middle;
  }
}
