import { requireCount, requireOpenProportion } from "./require.ts";

/**
 * The two-sided critical value of Student's t distribution: the t with P(−t <= T <= t) = confidence, accurate
 * to about 1e-9 up to a confidence of .9999. RangeError unless `degrees` is a whole number of 1 or more and
 * 0 < confidence < 1.
 *
 * Source: the finite series for whole degrees of freedom, formulas 26.7.3 and 26.7.4 of M. Abramowitz and
 * I. A. Stegun, Handbook of Mathematical Functions (1964), solved by bisection.
 */
export function studentCritical(degrees: number, confidence: number): number {
  requireCount("degrees", degrees);
  if (degrees === 0) throw new RangeError("degrees must be 1 or more");
  requireOpenProportion("confidence", confidence);
  // By angle, so that even the far tails of one degree of freedom lie in a finite range.
  let low = 0;
  let high = Math.PI / 2;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return Math.sqrt(degrees) * Math.tan(low);
    if (centralProbability(middle, degrees) < confidence) low = middle;
    else high = middle;
  }
}

/** P(|T| <= √degrees tan angle). */
function centralProbability(angle: number, degrees: number): number {
  const sine = Math.sin(angle);
  const cosine = Math.cos(angle);
  const odd = degrees % 2 === 1;
  if (degrees === 1) return (2 * angle) / Math.PI;
  let term = odd ? cosine : 1;
  let sum = term;
  for (let k = odd ? 3 : 2; k < degrees && term > sum * 1e-17; k += 2) {
    term *= ((k - 1) / k) * cosine * cosine;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}
