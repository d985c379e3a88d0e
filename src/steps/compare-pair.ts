import { clusterBootstrapPaired } from "../stats/cluster-bootstrap.ts";
import { eProcessBetter, eProcessNotWorse } from "../stats/e-process.ts";
import { mcnemarExact, mcnemarExactBetter } from "../stats/mcnemar.ts";
import { notWorseThan } from "../stats/non-inferiority.ts";
import { pairedDifference } from "../stats/paired-difference.ts";
import { pairedPermutation, shiftedPermutation } from "../stats/paired-permutation.ts";
import type { PairedCounts } from "../stats/tango-score.ts";
import { type Estimate, seed } from "./estimate-share.ts";
import type { Outcomes } from "./outcomes.ts";
import { sumInOrder } from "./sum-in-order.ts";

/** Two models on the same items: one number an item, A's less B's being what is asked for. */
export interface Pair {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly groups: readonly string[] | undefined;
  /** Passes are 0 or 1. */
  readonly of: "passes" | "scores";
}

/** What is compared by what. */
export interface PairRequest {
  readonly grader: string;
  /** A. */
  readonly model: string;
  /** B. */
  readonly other: string;
  readonly of?: Pair["of"] | undefined;
}

/** What a difference was tested by. */
export type TestMethod = "mcnemar" | "tango" | "permutation" | "e_process";

/** The p of a test, and of the same test of the opposite where there is one. */
export interface PairTest {
  readonly method: TestMethod;
  readonly p: number;
  readonly opposite?: number;
}

/** Joins what two models made of the same items. */
export function pairModels(outcomes: Outcomes, { grader, model, other, of = "passes" }: PairRequest): Pair {
  const read = of === "passes" ? outcomes.passes : outcomes.scores;
  return { a: read(grader, model), b: read(grader, other), groups: outcomes.groups, of };
}

/** Where both, one or none passed. */
export function countPairs({ a, b }: Pair): PairedCounts {
  const counts = { both: 0, onlyA: 0, onlyB: 0, neither: 0 };
  a.forEach((own, index) => {
    if (own === 1) counts[b[index] === 1 ? "both" : "onlyA"] += 1;
    else counts[b[index] === 1 ? "onlyB" : "neither"] += 1;
  });
  return counts;
}

/** True where what is known of single items holds of them: they pass or fail, and are independent. */
export function isPlain({ of, groups }: Pair): boolean {
  return of === "passes" && groups === undefined;
}

/** The mean difference with its interval: Tango's for independent passes, else by resampling items or groups. */
export function estimateDifference(pair: Pair, confidence: number): Estimate {
  if (isPlain(pair)) {
    const { difference, interval } = pairedDifference(countPairs(pair), confidence);
    return { value: difference, ...interval };
  }
  const { a, b, groups } = pair;
  const value = sumInOrder(differencesOf(pair)) / a.length;
  const drawn = clusterBootstrapPaired({ a, b, groups, seed, confidence });
  const { low, high } = drawn;
  if (pair.of === "scores" || (low !== null && low !== high)) return { value, low, high };
  // From groups that are all alike resampling draws nothing else: each then counts as one item.
  const n = drawn.groups;
  const apart = Math.min(n, Math.ceil(Math.abs(value) * n - 1e-9));
  const counts = { both: n - apart, onlyA: value > 0 ? apart : 0, onlyB: value < 0 ? apart : 0, neither: 0 };
  return { value, ...pairedDifference(counts, confidence).interval };
}

/** Tests that both are alike, two-sided: McNemar's exact test, or a permutation of items or groups. */
export function testAlike(pair: Pair): number {
  if (isPlain(pair)) return mcnemarExact(countPairs(pair)).p;
  return pairedPermutation({ differences: differencesOf(pair), groups: pair.groups, seed }).p;
}

/** Tests that A is not better than B; a small p says that it is. */
export function testBetter(pair: Pair, method: "fixed" | "e_process"): PairTest {
  if (isPlain(pair)) {
    const test = method === "e_process" ? eProcessBetter : mcnemarExactBetter;
    const { onlyA, onlyB } = countPairs(pair);
    return {
      method: method === "e_process" ? "e_process" : "mcnemar",
      p: test({ onlyA, onlyB }).p,
      opposite: test({ onlyA: onlyB, onlyB: onlyA }).p,
    };
  }
  const differences = differencesOf(pair);
  const { groups } = pair;
  const opposite = differences.map((difference) => -difference);
  return {
    method: "permutation",
    p: pairedPermutation({ differences, groups, seed }).pGreater,
    opposite: pairedPermutation({ differences: opposite, groups, seed }).pGreater,
  };
}

/** Tests that A is worse than B by `margin` or more; a small p says that it is not. */
export function testNotWorse(
  pair: Pair,
  { margin, method }: { readonly margin: number; readonly method: "fixed" | "e_process" },
): PairTest {
  if (isPlain(pair)) {
    const counts = countPairs(pair);
    return method === "e_process"
      ? { method, p: eProcessNotWorse(counts, margin).p }
      : { method: "tango", p: notWorseThan(counts, margin).p };
  }
  const worst = worstOf(pair);
  const { p } = shiftedPermutation({
    differences: differencesOf(pair),
    groups: pair.groups,
    margin,
    seed,
    ...(worst < -margin && { worst }),
  });
  return { method: "permutation", p };
}

/** The lowest difference that can be: scores are taken to lie in 0..1, or between those that were given. */
function worstOf({ a, b }: Pair): number {
  const bounds = [...a, ...b].reduce(
    ({ low, high }, score) => ({ low: Math.min(low, score), high: Math.max(high, score) }),
    { low: 0, high: 1 },
  );
  return bounds.low - bounds.high;
}

function differencesOf({ a, b }: Pair): readonly number[] {
  return a.map((own, index) => own - b[index]!);
}
