import { clusterBootstrap } from "../stats/cluster-bootstrap.ts";
import { wilsonInterval } from "../stats/wilson.ts";
import { sumInOrder } from "./sum-in-order.ts";

/** A pass rate (0..1) with its 95 % interval. */
export interface RateEstimate {
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

/** A mean score with its 95 % interval; both ends are null where there are fewer than two groups. */
export interface ScoreEstimate {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * The pass rate of items, `shares` being each item's share of passes: by Wilson with items as n, which is conservative
 * where an item has several samples; where items have groups, by resampling these whole.
 */
export function estimateRate(shares: readonly number[], groups: readonly string[] | undefined): RateEstimate {
  const passes = sumInOrder(shares);
  const rate = passes / shares.length;
  if (groups === undefined) return { rate, ...wilsonOutwards(passes, shares.length) };
  const { low, high, groups: count } = clusterBootstrap({ values: shares, groups, seed, confidence });
  // From groups that are all alike resampling draws nothing else: each then counts as one item.
  if (low === null || high === null || low === high) return { rate, ...wilsonOutwards(rate * count, count) };
  return { rate, low, high };
}

/** The mean of scores, one an item, with an interval by resampling items, or the groups that they have. */
export function estimateScore(
  scores: readonly number[],
  groups: readonly string[] | undefined,
): ScoreEstimate {
  const { low, high } = clusterBootstrap({ values: scores, groups, seed, confidence });
  return { mean: sumInOrder(scores) / scores.length, low, high };
}

const confidence = 0.95;

// Any constant would do; that it never changes is what lets facts be recomputed.
const seed = 1;

// Wilson's interval takes whole numbers; rounding outwards can only widen it.
function wilsonOutwards(passes: number, n: number): { readonly low: number; readonly high: number } {
  const near = Math.round(passes);
  const whole = Math.abs(passes - near) < 1e-9;
  return {
    low: wilsonInterval(whole ? near : Math.floor(passes), n).low,
    high: wilsonInterval(whole ? near : Math.ceil(passes), n).high,
  };
}
