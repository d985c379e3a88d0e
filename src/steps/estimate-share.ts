import { clusterBootstrap } from "../stats/cluster-bootstrap.ts";
import { type Interval, wilsonInterval } from "../stats/wilson.ts";
import { sumInOrder } from "./sum-in-order.ts";

/** How sure an interval is, and which items are not independent. */
export interface EstimateOptions {
  /** Of the interval, 0..1. */
  readonly confidence: number;
  /** The group of every item; undefined where items are independent. */
  readonly groups: readonly string[] | undefined;
}

/** A mean with its interval; an end is null where the items are too few, or of too few groups, to bound it. */
export interface Estimate {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * A share (0..1) over items, `shares` being each item's own: by Wilson with items as n, rounded outwards where an item
 * has a part of 1; where items have groups, by resampling these whole.
 */
export function estimateShare(
  shares: readonly number[],
  { confidence, groups }: EstimateOptions,
): Estimate & Interval {
  const whole = sumInOrder(shares);
  const value = whole / shares.length;
  if (groups === undefined)
    return { value, ...wilsonOutwards({ successes: whole, n: shares.length, confidence }) };
  const { low, high, groups: n } = clusterBootstrap({ values: shares, groups, seed, confidence });
  // From groups that are all alike resampling draws nothing else: each then counts as one item.
  if (low === null || high === null || low === high)
    return { value, ...wilsonOutwards({ successes: value * n, n, confidence }) };
  return { value, low, high };
}

/** A mean over items, such as of scores or money, by resampling items or the groups that they have. */
export function estimateMean(values: readonly number[], options: EstimateOptions): Estimate {
  const { low, high } = clusterBootstrap({ values, seed, ...options });
  return { value: sumInOrder(values) / values.length, low, high };
}

/** Of every bootstrap and permutation: that it never changes is what lets a report be recomputed. */
export const seed = 1;

function wilsonOutwards(seen: {
  readonly successes: number;
  readonly n: number;
  readonly confidence: number;
}): Interval {
  const { successes, n, confidence } = seen;
  const near = Math.round(successes);
  const whole = Math.abs(successes - near) < 1e-9;
  return {
    low: wilsonInterval(whole ? near : Math.floor(successes), n, confidence).low,
    high: wilsonInterval(whole ? near : Math.ceil(successes), n, confidence).high,
  };
}
