import type { DiscordantPairs } from "./mcnemar.ts";
import { requireCount, requireOpenProportion } from "./require.ts";
import { observedDifference, type PairedCounts } from "./tango-score.ts";

/** The evidence against a hypothesis, and the p-value (0..1) that it amounts to: 1 / e, at most 1. */
export interface Evidence {
  /** What a bet of 1 against the hypothesis has grown to; at most 1.8e308, the largest double. */
  readonly e: number;
  readonly p: number;
}

/**
 * The e-value of "A is not better than B" on the pairs where they differ; a large e, or small p, says that A is
 * better. RangeError on counts that are no counts.
 *
 * It is the likelihood ratio of P(only A | they differ) = θ against ½, averaged over θ uniform in ½..1:
 * e = 2^(n+1) ∫ θ^onlyA (1 − θ)^onlyB dθ = Σ_{j <= onlyA} C(n + 1, j) / ((n + 1) C(n, onlyA)), n = onlyA + onlyB.
 * If A is not better, e starts at 1 and is a supermartingale, so P(it ever reaches 1/α) <= α (Ville): growing
 * test rows may be looked at as often as one likes. It depends on the counts only, not on their order.
 *
 * Source: A. Ramdas, P. Grünwald, V. Vovk, G. Shafer, "Game-theoretic statistics and safe anytime-valid
 * inference", Statistical Science 38 (2023); the mixture is H. Robbins', Annals of Mathematical Statistics 41
 * (1970).
 */
export function eProcessBetter({ onlyA, onlyB }: DiscordantPairs): Evidence {
  requireCount("onlyA", onlyA);
  requireCount("onlyB", onlyB);
  const n = onlyA + onlyB;
  // C(n + 1, j) / C(n, onlyA) from j = onlyA down, with the size of the sum set aside before it overflows.
  let term = (n + 1) / (onlyB + 1);
  let sum = term;
  let log = 0;
  for (let j = onlyA; j > 0 && term > sum * 1e-18; j--) {
    term *= j / (n + 2 - j);
    sum += term;
    if (sum > 1e200) {
      log += Math.log(sum);
      term /= sum;
      sum = 1;
    }
  }
  return evidenceOf(log + Math.log(sum) - Math.log(n + 1));
}

/**
 * The e-value of "A is worse than B by `margin` (0..1, exclusive) or more"; a large e, or small p, says that it
 * is not. RangeError on counts that are no counts, on no pairs, or unless 0 < margin < 1.
 *
 * With d = 1 where only A is right, −1 where only B is, else 0, it is the mean over 20 bets λ of
 * Π(1 + λ(d + margin)): under the hypothesis no factor has an expectation above 1. The bets are fixed:
 * .99 · .75^k / (1 − margin), k = 0 … 19, since none of them may lose all. Looking often and order as
 * `eProcessBetter`.
 *
 * Source: I. Waudby-Smith and A. Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86
 * (2024), arXiv 2010.09686.
 */
export function eProcessNotWorse(counts: PairedCounts, margin: number): Evidence {
  observedDifference(counts);
  requireOpenProportion("margin", margin);
  const { both, onlyA, onlyB, neither } = counts;
  const logs = BETS.map((share) => {
    const bet = share / (1 - margin);
    return (
      (both + neither) * Math.log1p(bet * margin) +
      onlyA * Math.log1p(bet * (1 + margin)) +
      onlyB * Math.log1p(-share)
    );
  });
  const largest = Math.max(...logs);
  const mean = logs.reduce((sum, log) => sum + Math.exp(log - largest), 0) / logs.length;
  return evidenceOf(largest + Math.log(mean));
}

const BETS = Array.from({ length: 20 }, (_, k) => 0.99 * 0.75 ** k);

function evidenceOf(log: number): Evidence {
  return { e: Math.min(Number.MAX_VALUE, Math.exp(log)), p: Math.min(1, Math.exp(-log)) };
}
