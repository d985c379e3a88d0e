import { normalCdf, normalQuantile } from "../../src/stats/normal.ts";

/** A standard normal number. */
export function drawNormal(random: () => number): number {
  // Half a step up, since 0 has no quantile.
  return normalQuantile(random() + 2 ** -54);
}

/** Draws how many of `n` items pass, each with probability `rate`. */
export function drawPasses(
  random: () => number,
  { n, rate }: { readonly n: number; readonly rate: number },
): number {
  let passed = 0;
  for (let i = 0; i < n; i++) if (random() < rate) passed++;
  return passed;
}

/** Outcomes of items that belong to groups. */
export interface GroupedOutcomes {
  readonly values: readonly (0 | 1)[];
  readonly groups: readonly number[];
}

/**
 * Draws groups of 2 to 18 items, each right with probability `rate`; the latent normals of two items of one
 * group are correlated by `correlation` (0..1).
 */
export function drawGroups(
  random: () => number,
  asked: { readonly groups: number; readonly rate: number; readonly correlation: number },
): GroupedOutcomes {
  const { rate, correlation } = asked;
  const values: (0 | 1)[] = [];
  const groups: number[] = [];
  for (let group = 0; group < asked.groups; group++) {
    const shared = Math.sqrt(correlation) * drawNormal(random);
    const probability = normalCdf((normalQuantile(rate) - shared) / Math.sqrt(1 - correlation));
    for (let left = 2 + Math.floor(17 * random()); left > 0; left--) {
      values.push(random() < probability ? 1 : 0);
      groups.push(group);
    }
  }
  return { values, groups };
}

/** Draws `n` differences of scores around `mean`, as likely above it as below: triangular within ± `reach`. */
export function drawDifferences(
  random: () => number,
  { n, mean, reach }: { readonly n: number; readonly mean: number; readonly reach: number },
): readonly number[] {
  return Array.from({ length: n }, () => mean + reach * (random() - random()));
}

/** The standard deviation of these differences. */
export function deviationOf(reach: number): number {
  return reach / Math.sqrt(6);
}
