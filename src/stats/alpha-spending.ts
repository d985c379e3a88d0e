import { requireCount, requireOpenProportion } from "./require.ts";

/**
 * The level of the `look`-th look (from 1) at the same test rows: alpha / (look · (look + 1)). The levels of
 * all looks together sum to alpha, however many there will be, so the probability that any of them raises a
 * false alarm is at most alpha (Bonferroni over a sequence whose length nobody knows beforehand).
 *
 * It covers several looks at several candidates, each made without the test rows. It does not cover a
 * candidate that was tuned on what earlier reports said of single test items: that one has seen them.
 * RangeError unless 0 < alpha < 1 and `look` is a whole number of 1 or more.
 *
 * Source: D. P. Foster and R. A. Stine, "α-investing", JRSS B 70 (2008), who call this α-spending, after
 * K. K. G. Lan and D. L. DeMets, "Discrete sequential boundaries for clinical trials", Biometrika 70 (1983);
 * the sequence is the plainest of those that sum to 1.
 */
export function spentAlpha(alpha: number, look: number): number {
  requireOpenProportion("alpha", alpha);
  requireCount("look", look);
  if (look === 0) throw new RangeError("look must be 1 or more");
  return alpha / (look * (look + 1));
}
