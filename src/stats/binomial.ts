import { requireCount, requireOpenProportion, requireProportion } from "./require.ts";

/** How many of how many, and the success probability (0..1) that is supposed. */
export interface BinomialOutcome {
  readonly successes: number;
  readonly n: number;
  readonly probability: number;
}

/**
 * The exact lower tail P(X <= successes) of a binomial, with relative accuracy of about 1e-12 up to n = 1e6
 * wherever the tail is the smaller one. RangeError on counts that are no counts or a probability outside 0..1.
 *
 * One exact probability (Loader, below) times the sum of its neighbours' ratios; all terms are positive, so
 * nothing cancels.
 */
export function binomialLowerTail({ successes, n, probability }: BinomialOutcome): number {
  check({ successes, n, probability });
  return lowerTail(successes, n, probability, 1 - probability);
}

/** The exact upper tail P(X >= successes) of a binomial; accuracy and errors as `binomialLowerTail`. */
export function binomialUpperTail({ successes, n, probability }: BinomialOutcome): number {
  check({ successes, n, probability });
  // Counting failures instead keeps a tiny upper tail exact: 1 - lower would cancel.
  return lowerTail(n - successes, n, 1 - probability, probability);
}

/**
 * The one-sided Clopper–Pearson upper bound of a proportion (0..1): the largest p with
 * P(X <= successes; n, p) >= 1 − confidence; 1 where successes = n, and so where n = 0.
 * RangeError on counts that are no counts or unless 0 < confidence < 1.
 *
 * Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934).
 */
export function clopperPearsonUpper(seen: {
  readonly successes: number;
  readonly n: number;
  readonly confidence: number;
}): number {
  const { successes, n, confidence } = seen;
  check({ successes, n, probability: 0 });
  requireOpenProportion("confidence", confidence);
  if (successes === n) return 1;
  let low = successes / n;
  let high = 1;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return high;
    if (lowerTail(successes, n, middle, 1 - middle) >= 1 - confidence) low = middle;
    else high = middle;
  }
}

function check({ successes, n, probability }: BinomialOutcome): void {
  requireCount("n", n);
  requireCount("successes", successes);
  if (successes > n) throw new RangeError(`successes must be at most n, not ${successes} of ${n}`);
  requireProportion("probability", probability);
}

/** P(X <= k); p and q = 1 − p both come in, because either may be too small to be told from the other. */
function lowerTail(k: number, n: number, p: number, q: number): number {
  if (k < 0) return 0;
  if (k >= n || p === 0) return 1;
  if (q === 0) return 0;
  if (k >= n * p) return Math.max(0, 1 - lowerTail(n - k - 1, n, q, p));
  let ratio = 1;
  let sum = 1;
  for (let j = k; j > 0 && ratio > sum * 1e-18; j--) {
    ratio *= (j / (n - j + 1)) * (q / p);
    sum += ratio;
  }
  return Math.min(1, sum * pointProbability(k, n, p, q));
}

/**
 * P(X = k) for 0 <= k < n. Source: C. Loader, "Fast and accurate computation of binomial probabilities"
 * (2000): a saddle-point form, since differences of log-gammas lose nine digits at n = 1e6.
 */
function pointProbability(k: number, n: number, p: number, q: number): number {
  if (k === 0) return Math.exp(p < 0.5 ? n * Math.log1p(-p) : n * Math.log(q));
  const exponent =
    stirlingError(n) - stirlingError(k) - stirlingError(n - k) - deviance(k, n * p) - deviance(n - k, n * q);
  return Math.exp(exponent) * Math.sqrt(n / (2 * Math.PI * k * (n - k)));
}

/** ln n! − ln(√(2πn) (n/e)^n). */
function stirlingError(n: number): number {
  if (n <= 15) {
    let factorial = 1;
    for (let i = 2; i <= n; i++) factorial *= i;
    return Math.log(factorial) - (0.5 * Math.log(2 * Math.PI * n) + n * Math.log(n) - n);
  }
  const s = n * n;
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / s) / s) / s) / s) / n;
}

/** x ln(x/m) + m − x, by its series where x is near m and the terms would cancel. */
function deviance(x: number, m: number): number {
  if (Math.abs(x - m) >= 0.1 * (x + m)) return x * Math.log(x / m) + m - x;
  const v = (x - m) / (x + m);
  let sum = (x - m) * v;
  let term = 2 * x * v;
  for (let j = 1; ; j++) {
    term *= v * v;
    const next = sum + term / (2 * j + 1);
    if (next === sum) return sum;
    sum = next;
  }
}
