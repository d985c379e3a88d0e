import { quantile } from "./quantile.ts";
import { createRandom } from "./random.ts";
import { requireCount, requireOpenProportion } from "./require.ts";
import type { Interval } from "./wilson.ts";

/** What each model got right (1) and wrong (0), item by item in the same order. */
export interface GapOutcomes {
  readonly candidate: readonly (0 | 1)[];
  readonly teacher: readonly (0 | 1)[];
  readonly base: readonly (0 | 1)[];
}

/** How the bootstrap is drawn. */
export interface GapOptions {
  readonly seed: number | string;
  /** Of the interval; .95 unless told. */
  readonly confidence?: number;
  /** 2,000 unless told. */
  readonly resamples?: number;
}

/** The share of the teacher–base gap that the candidate closes: 0 is the base, 1 the teacher. */
export interface GapClosed {
  readonly share: number;
  /** Null where the gap itself is too uncertain to bound the share on both sides. */
  readonly interval: Interval | null;
}

/**
 * The share of the gap closed, (candidate − base) / (teacher − base), of the three rates, with a percentile
 * bootstrap interval over items; undefined where the teacher is not above the base. It may be below 0 or
 * above 1.
 *
 * Items are drawn whole, so the pairing is kept. A resample whose gap is not positive has no share; it is
 * counted as lying outside the interval on both sides, which can only widen it, never flatter it. The order
 * of the items does not change the interval.
 * RangeError where the arrays are empty, differ in length or hold anything but 0 and 1, or on bad options.
 *
 * Source: "performance gap recovered" of C. Burns et al., arXiv 2312.09390 (2023); percentile interval of
 * B. Efron and R. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
 */
export function gapClosed(outcomes: GapOutcomes, options: GapOptions): GapClosed | undefined {
  const { seed, confidence = 0.95, resamples = 2000 } = options;
  requireOpenProportion("confidence", confidence);
  requireCount("resamples", resamples);
  const patterns = packPatterns(outcomes);
  const share = shareOf(patterns, (i) => i);
  if (share === undefined) return undefined;
  const random = createRandom(seed);
  const lows: number[] = [];
  const highs: number[] = [];
  for (let i = 0; i < resamples; i++) {
    const drawn = shareOf(patterns, () => Math.floor(random() * patterns.length));
    lows.push(drawn ?? Number.NEGATIVE_INFINITY);
    highs.push(drawn ?? Number.POSITIVE_INFINITY);
  }
  const low = quantile(lows, (1 - confidence) / 2);
  const high = quantile(highs, (1 + confidence) / 2);
  return { share, interval: Number.isFinite(low) && Number.isFinite(high) ? { low, high } : null };
}

/** One number an item, sorted so that equal data in another order draw equal resamples. */
function packPatterns({ candidate, teacher, base }: GapOutcomes): Uint8Array {
  if (candidate.length !== teacher.length || candidate.length !== base.length) {
    throw new RangeError("candidate, teacher and base must cover the same items");
  }
  if (candidate.length === 0) throw new RangeError("there are no items to compare");
  return Uint8Array.from(candidate, (outcome, i) => {
    const all = [outcome, teacher[i], base[i]];
    if (all.some((one) => one !== 0 && one !== 1)) throw new RangeError(`item ${i} is not 0 or 1`);
    return outcome + 2 * teacher[i]! + 4 * base[i]!;
  }).sort();
}

function shareOf(patterns: Uint8Array, pick: (i: number) => number): number | undefined {
  let candidate = 0;
  let teacher = 0;
  let base = 0;
  for (let i = 0; i < patterns.length; i++) {
    const pattern = patterns[pick(i)]!;
    candidate += pattern & 1;
    teacher += (pattern >> 1) & 1;
    base += pattern >> 2;
  }
  return teacher > base ? (candidate - base) / (teacher - base) : undefined;
}
