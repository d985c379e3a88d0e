import { normalCdf, normalQuantile } from "./normal.ts";
import { quantile } from "./quantile.ts";
import { createRandom } from "./random.ts";
import { requireCount, requireOpenProportion } from "./require.ts";
import { studentCritical } from "./student-t.ts";
import { type GroupSums, type Groups, sumGroups } from "./sum-groups.ts";

/** How groups are resampled. */
interface ClusterOptions {
  /** The group of each item. */
  readonly groups?: Groups | undefined;
  readonly seed: number | string;
  /** Of the interval, 0..1, exclusive. */
  readonly confidence: number;
  /** 2,000 unless told. */
  readonly resamples?: number | undefined;
}

/** One number an item. */
export interface ClusterSample extends ClusterOptions {
  readonly values: readonly number[];
}

/** The numbers of two models, item by item in the same order. */
export interface PairedClusterSample extends ClusterOptions {
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/** A mean over items and its interval; with fewer than 2 groups there is none, and both ends are null. */
export interface ClusterMean {
  readonly estimate: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly groups: number;
}

/**
 * The mean of `values` over items, with a bootstrap interval for which groups are drawn whole: items of one
 * group tell less than as many items of many. The order of the items does not change the interval.
 *
 * The interval is BCa, its levels widened from the normal to the t quantile times √(g / (g − 1)) for g groups.
 * Why: with 5, 10, 20, 40 groups of 2 to 18 items, a rate of .8 and an intraclass correlation of .3 (of a latent
 * normal), 4,000 simulations each, the percentile interval at .95 covers .83, .89, .92, .94, plain BCa .84, .89,
 * .93, .94, this one .90, .93, .95, .95. Where all groups are alike it is a point, as every bootstrap's is, and
 * no certainty: for a rate of ungrouped items ask `wilsonInterval`.
 * RangeError on no values, one that is not finite, groups of another length, or bad options.
 *
 * Source: A. C. Davison and D. V. Hinkley, Bootstrap Methods and their Application (1997), section 3.8
 * (groups); B. Efron, "Better bootstrap confidence intervals", JASA 82 (1987); T. C. Hesterberg, "What
 * teachers should know about the bootstrap", The American Statistician 69 (2015) (the wider levels).
 */
export function clusterBootstrap({
  values,
  groups,
  seed,
  confidence,
  resamples = 2000,
}: ClusterSample): ClusterMean {
  requireOpenProportion("confidence", confidence);
  requireCount("resamples", resamples);
  const sample = sumGroups(values, groups);
  const count = sample.sums.length;
  const estimate = total(sample.sums) / total(sample.sizes);
  if (count < 2) return { estimate, low: null, high: null, groups: count };
  const means = drawMeans(sample, { random: createRandom(seed), resamples });
  const z = studentCritical(count - 1, confidence) * Math.sqrt(count / (count - 1));
  const correction = { bias: biasOf(means, estimate), acceleration: accelerationOf(sample) };
  return {
    estimate,
    low: quantile(means, levelOf(-z, correction)),
    high: quantile(means, levelOf(z, correction)),
    groups: count,
  };
}

/** The same for the difference a − b of two models on the same items. */
export function clusterBootstrapPaired({ a, b, ...options }: PairedClusterSample): ClusterMean {
  if (a.length !== b.length) throw new RangeError("a and b must cover the same items");
  return clusterBootstrap({ ...options, values: a.map((value, i) => value - b[i]!) });
}

function drawMeans(
  { sums, sizes }: GroupSums,
  { random, resamples }: { readonly random: () => number; readonly resamples: number },
): number[] {
  const count = sums.length;
  const means = [];
  for (let i = 0; i < resamples; i++) {
    let sum = 0;
    let size = 0;
    for (let drawn = 0; drawn < count; drawn++) {
      const at = Math.floor(random() * count);
      sum += sums[at]!;
      size += sizes[at]!;
    }
    means.push(sum / size);
  }
  return means;
}

/** Efron's z0: how far, in normal deviates, the estimate lies from the median of its resamples. */
function biasOf(means: readonly number[], estimate: number): number {
  let below = 0;
  for (const mean of means) below += mean < estimate ? 1 : mean === estimate ? 0.5 : 0;
  const share = below / means.length;
  const least = 0.5 / means.length;
  return normalQuantile(Math.min(1 - least, Math.max(least, share)));
}

/** Efron's a, from the estimates that leave out one group each. */
function accelerationOf({ sums, sizes }: GroupSums): number {
  const sum = total(sums);
  const size = total(sizes);
  const without = sums.map((one, i) => (sum - one) / (size - sizes[i]!));
  const centre = total(without) / without.length;
  const furthest = without.reduce((most, one) => Math.max(most, Math.abs(centre - one)), 0);
  if (furthest === 0) return 0;
  let squares = 0;
  let cubes = 0;
  for (const one of without) {
    // Cubes of tiny numbers would be 0.
    const distance = (centre - one) / furthest;
    squares += distance ** 2;
    cubes += distance ** 3;
  }
  return cubes / (6 * squares ** 1.5);
}

function levelOf(
  z: number,
  { bias, acceleration }: { readonly bias: number; readonly acceleration: number },
): number {
  const scale = 1 - acceleration * (bias + z);
  // The correction has run past its pole: the outermost resample is all that can be said.
  if (scale <= 0) return z < 0 ? 0 : 1;
  return normalCdf(bias + (bias + z) / scale);
}

function total(numbers: Float64Array): number {
  let sum = 0;
  for (const one of numbers) sum += one;
  return sum;
}
