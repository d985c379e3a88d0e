import { createRandom } from "./random.ts";
import { requireCount } from "./require.ts";
import { type Groups, sumGroups } from "./sum-groups.ts";

/** Differences of two models' scores, item by item, and how their signs are flipped. */
export interface PairedScores {
  readonly differences: readonly number[];
  /** The group of each item; the signs of a group flip together. */
  readonly groups?: Groups | undefined;
  readonly seed: number | string;
  /** Patterns to draw where there are too many to try all; 10,000 unless told. */
  readonly rounds?: number | undefined;
}

/** Differences that are tested against a margin. */
export interface ShiftedScores extends PairedScores {
  /** The loss that is tolerated, in the unit of the scores; above 0. */
  readonly margin: number;
  /** The lowest difference that can be, such as −1 for scores in 0..1. */
  readonly worst?: number | undefined;
}

/** The p-value (0..1) of a permutation test. */
export interface ShiftedPermutation {
  readonly p: number;
  /** Whether every pattern of signs was tried. */
  readonly exact: boolean;
  /** The patterns tried. */
  readonly rounds: number;
}

/** The p-values (0..1) of a permutation test: two-sided, and that the mean is above 0. */
export interface PairedPermutation extends ShiftedPermutation {
  readonly pGreater: number;
}

/**
 * Tests that the mean difference is 0, by flipping the signs of all items of a group together: if the models
 * are alike, each group's difference is as likely as its negative. The statistic is the sum over items.
 *
 * Up to 16 groups whose difference is not 0, all patterns are tried and p is exact; beyond, `rounds` patterns
 * are drawn and p = (b + 1) / (rounds + 1), b being those at least as extreme, which never exceeds its level.
 * The order of the items does not change p. RangeError on no differences, one that is not finite, or groups of
 * another length.
 *
 * Source: R. A. Fisher, The Design of Experiments (1935), section 21; B. Phipson and G. K. Smyth,
 * "Permutation p-values should never be zero", Statistical Applications in Genetics 9:39 (2010).
 */
export function pairedPermutation({
  differences,
  groups,
  seed,
  rounds = 10_000,
}: PairedScores): PairedPermutation {
  requireCount("rounds", rounds);
  const { sums } = sumGroups(differences, groups);
  return testSums(sums, { seed, rounds });
}

/**
 * Tests that the mean difference is −margin or less (H0); a small p says that A is not worse than B by the
 * margin. The signs of difference + margin are flipped, as in `pairedPermutation`, one-sided.
 *
 * Flipping supposes that losses and gains around −margin mirror each other. Where a few items lose much and
 * most tie, they do not: with 3 % of items at −1, all others at 0 and a margin of .03, a level of .05 raises some
 * 40 % false alarms on 30 items and 11 % on 300. `worst` mends that: one more group, as large as the largest and
 * all at `worst`, joins the others and stands for the loss not yet seen. That it keeps the level is simulated, not
 * proven: 60 skewed populations of 30 to 400 items at margins of .01 to .1 came to at most .050. It costs much
 * power on some 100 items, and little on 300.
 * RangeErrors as `pairedPermutation`, and unless margin > 0 and `worst` is a number below −margin.
 *
 * Source: as `pairedPermutation`; the added observation follows the bound of N. Gaffke, "Three test
 * statistics for a nonparametric one-sided hypothesis on the mean of a nonnegative variable", Mathematical
 * Methods of Statistics 14 (2005).
 */
export function shiftedPermutation({
  differences,
  groups,
  margin,
  worst,
  seed,
  rounds = 10_000,
}: ShiftedScores): ShiftedPermutation {
  requireCount("rounds", rounds);
  if (!(margin > 0 && Number.isFinite(margin)))
    throw new RangeError(`margin must be a finite number above 0, not ${margin}`);
  const { sums, sizes } = sumGroups(
    differences.map((difference) => difference + margin),
    groups,
  );
  if (worst === undefined) return greaterOnly(testSums(sums, { seed, rounds }));
  if (!(worst < -margin && Number.isFinite(worst)))
    throw new RangeError(`worst must be a finite number below ${-margin}, not ${worst}`);
  const added = (worst + margin) * sizes.reduce((most, size) => Math.max(most, size), 0);
  return greaterOnly(testSums(Float64Array.of(...sums, added), { seed, rounds }));
}

function greaterOnly({ pGreater, exact, rounds }: PairedPermutation): ShiftedPermutation {
  return { p: pGreater, exact, rounds };
}

const MOST_EXACT = 16;

interface Flipping {
  readonly seed: number | string;
  readonly rounds: number;
}

function testSums(all: Float64Array, flipping: Flipping): PairedPermutation {
  const sums = all.filter((sum) => sum !== 0);
  const exact = sums.length <= MOST_EXACT;
  const totals = exact ? tryEveryFlip(sums) : drawFlips(sums, flipping);
  const observed = sums.reduce((total, sum) => total + sum, 0);
  // Equal sums of floats differ by their order of adding.
  const tolerance = 1e-10 * sums.reduce((total, sum) => total + Math.abs(sum), 0);
  let greater = 0;
  let further = 0;
  for (const total of totals) {
    if (total >= observed - tolerance) greater++;
    if (Math.abs(total) >= Math.abs(observed) - tolerance) further++;
  }
  const rounds = totals.length;
  // The data themselves are one pattern; among all of them they are counted already.
  const share = (count: number) => (exact ? count / rounds : (count + 1) / (rounds + 1));
  return { p: share(further), pGreater: share(greater), exact, rounds };
}

function tryEveryFlip(sums: Float64Array): Float64Array {
  let totals = new Float64Array(1);
  for (const sum of sums) {
    const next = new Float64Array(2 * totals.length);
    totals.forEach((total, i) => {
      next[2 * i] = total + sum;
      next[2 * i + 1] = total - sum;
    });
    totals = next;
  }
  return totals;
}

function drawFlips(sums: Float64Array, { seed, rounds }: Flipping): Float64Array {
  const random = createRandom(seed);
  const whole = sums.reduce((total, sum) => total + sum, 0);
  return Float64Array.from({ length: rounds }, () => {
    let kept = 0;
    let bits = 0;
    for (let i = 0; i < sums.length; i++) {
      // One number holds the signs of 32 groups.
      if (i % 32 === 0) bits = Math.floor(random() * 2 ** 32);
      kept += sums[i]! * (bits & 1);
      bits >>>= 1;
    }
    return 2 * kept - whole;
  });
}
