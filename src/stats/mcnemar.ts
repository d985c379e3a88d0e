import { binomialUpperTail } from "./binomial.ts";
import { requireCount } from "./require.ts";

/** The pairs on which two models differ: where only A was right, and where only B was. */
export interface DiscordantPairs {
  readonly onlyA: number;
  readonly onlyB: number;
}

/** The p-value (0..1) of a test. */
export interface TestResult {
  readonly p: number;
}

/**
 * McNemar's exact two-sided test of "A and B are right equally often" on paired binary outcomes:
 * p = min(1, 2 P(X >= max(onlyA, onlyB))) with X binomial(onlyA + onlyB, ½); no discordant pair gives 1.
 * RangeError on counts that are no counts.
 *
 * The conditional exact test never exceeds its level, which a gate needs; the mid-p variant has more power
 * and a level that is met only nearly.
 *
 * Source: Q. McNemar, Psychometrika 12 (1947); M. W. Fagerland, S. Lydersen, P. Laake, BMC Medical Research
 * Methodology 13:91 (2013).
 */
export function mcnemarExact({ onlyA, onlyB }: DiscordantPairs): TestResult {
  return { p: Math.min(1, 2 * upperTail(Math.max(onlyA, onlyB), { onlyA, onlyB })) };
}

/**
 * McNemar's exact one-sided test; a small p says that A is better than B:
 * p = P(X >= onlyA) with X binomial(onlyA + onlyB, ½); no discordant pair gives 1. Source and errors as
 * `mcnemarExact`.
 */
export function mcnemarExactBetter({ onlyA, onlyB }: DiscordantPairs): TestResult {
  return { p: upperTail(onlyA, { onlyA, onlyB }) };
}

function upperTail(successes: number, { onlyA, onlyB }: DiscordantPairs): number {
  requireCount("onlyA", onlyA);
  requireCount("onlyB", onlyB);
  return binomialUpperTail({ successes, n: onlyA + onlyB, probability: 0.5 });
}
