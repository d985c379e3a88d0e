import { binomialLowerTail } from "./binomial.ts";
import { requireOpenProportion, requireProportion } from "./require.ts";

/** One calibration item. */
export interface CalibrationItem {
  /** The first model's confidence in its answer, 0..1. */
  readonly confidence: number;
  /** 1 where serving the first model's answer would be a loss. */
  readonly loss: 0 | 1;
}

/** What is promised: with probability `confidence`, a risk of at most `max`. */
export interface RiskPromise {
  /** The largest risk allowed, P(served by the first model and a loss) over all items; 0..1, exclusive. */
  readonly max: number;
  /** 0..1, exclusive. */
  readonly confidence: number;
}

/** What a threshold does to the calibration items. */
export interface ThresholdPoint {
  readonly threshold: number;
  /** Items that the first model would serve. */
  readonly kept: number;
  /** Losses among these. */
  readonly losses: number;
  /** The exact p-value (0..1) of "the risk at this threshold is above `max`". */
  readonly p: number;
}

/** The threshold chosen, and how all of them fared. */
export interface CertifiedThreshold {
  /** An item is served by the first model iff confidence >= threshold; null sends all to the fallback. */
  readonly threshold: number | null;
  readonly kept: number;
  /** All calibration items, kept or not. */
  readonly n: number;
  readonly losses: number;
  /** At the threshold; where that is null, the p-value at which even the strictest one failed. */
  readonly p: number;
  /** Every threshold of the grid from the strictest down, those below the chosen one too. */
  readonly curve: readonly ThresholdPoint[];
}

/**
 * The lowest threshold whose risk is certified: P(served by the first model and a loss) <= max, with
 * probability at least `confidence` over the draw of the calibration items (independent, and from the
 * traffic to come).
 *
 * Learn then Test by fixed-sequence testing: the thresholds 0.995, 0.99 … 0 are tested in this order, each at
 * level α = 1 − confidence with p = P(Binomial(n, max) <= losses), and testing stops at the first p > α. The
 * order is fixed before the data are seen, so no correction for 200 tests is due: the first true null met is
 * rejected with probability at most α. For the same reason the grid must not be made of the items' own
 * confidences. Null where even the strictest threshold fails, as it always does for n < ln α / ln(1 − max).
 *
 * What the promise means: of many calibrations at a confidence of .95, at most 5 in 100 choose a threshold whose
 * true risk is above `max`. It is about the share of all traffic, not of the answers served or of any slice, and
 * it holds while the traffic stays like the calibration items. Items of one group are not independent: give one
 * of each.
 * RangeError on no items, a confidence outside 0..1, a loss that is not 0 or 1, or a promise out of range.
 *
 * Source: A. N. Angelopoulos, S. Bates, E. J. Candès, M. I. Jordan, L. Lei, "Learn then Test: calibrating
 * predictive algorithms to achieve risk control", arXiv 2110.01052 (2021).
 */
export function fixedSequenceThreshold(
  items: readonly CalibrationItem[],
  { max, confidence }: RiskPromise,
): CertifiedThreshold {
  requireOpenProportion("max", max);
  requireOpenProportion("confidence", confidence);
  if (items.length === 0) throw new RangeError("there are no items to choose a threshold on");
  const curve = tracePoints(items, max);
  const failed = curve.findIndex((point) => point.p > 1 - confidence);
  const chosen = failed === -1 ? curve.at(-1) : curve[failed - 1];
  const n = items.length;
  if (chosen === undefined) return { threshold: null, kept: 0, n, losses: 0, p: curve[0]!.p, curve };
  return { ...chosen, n, curve };
}

// i/200 is the double nearest to the decimal, so that 0.82 in a report and 0.82 here are the same number.
const STEPS = 200;

function tracePoints(items: readonly CalibrationItem[], max: number): readonly ThresholdPoint[] {
  const reached = Array.from({ length: STEPS }, () => ({ items: 0, losses: 0 }));
  for (const { confidence, loss } of items) {
    requireProportion("the confidence of an item", confidence);
    if (loss !== 0 && loss !== 1) throw new RangeError(`a loss must be 0 or 1, not ${loss}`);
    const place = reached[highestStep(confidence)]!;
    place.items += 1;
    place.losses += loss;
  }
  let kept = 0;
  let losses = 0;
  return reached.map((_, i) => {
    const step = STEPS - 1 - i;
    kept += reached[step]!.items;
    losses += reached[step]!.losses;
    const p = binomialLowerTail({ successes: losses, n: items.length, probability: max });
    return { threshold: step / STEPS, kept, losses, p };
  });
}

/** The place of the strictest threshold that this confidence still reaches. */
function highestStep(confidence: number): number {
  const near = Math.min(STEPS - 1, Math.round(confidence * STEPS));
  return near / STEPS <= confidence ? near : near - 1;
}
