import { describe, expect, it } from "vitest";
import { binomialLowerTail, binomialUpperTail, clopperPearsonUpper } from "../../src/stats/binomial.ts";
import { expectRelative } from "./expect-relative.ts";

describe("binomial tails", () => {
  // mpmath 1.4.1, terms summed with 40 digits: P(X <= k) and P(X >= k + 1).
  it.each([
    [3, 10, 0.25, 0.7758750915527344, 0.22412490844726562],
    [0, 59, 0.05, 0.04849452524942323, 0.9515054747505768],
    [7, 300, 0.05, 0.015968000797087305, 0.9840319992029127],
    [15, 300, 0.05, 0.5681120359274204, 0.43188796407257957],
    [19, 20, 0.9, 0.8784233454094307, 0.12157665459056935],
    [990, 1000, 0.5, 1, 2.503319603882797e-280],
    [499_000, 1e6, 0.5, 0.02280414993269104, 0.9771958500673089],
    [29_500, 1e6, 0.03, 0.0016670425660670614, 0.9983329574339329],
    [5, 1e6, 1e-5, 0.06708501704653115, 0.9329149829534689],
    [0, 1e6, 1e-6, 0.3678792572316451, 0.6321207427683548],
    [970_000, 1e6, 0.97, 0.5008029334708103, 0.49919706652918966],
  ])("are exact for %d of %d at %d", (k, n, probability, lower, upper) => {
    expectRelative(binomialLowerTail({ successes: k, n, probability }), lower, 1e-11);
    expectRelative(binomialUpperTail({ successes: k + 1, n, probability }), upper, 1e-11);
  });

  it("agree with the plain sum over every count of small binomials", () => {
    for (const n of [0, 1, 2, 7, 16, 30]) {
      for (const probability of [0, 0.03, 0.5, 0.77, 1]) {
        let sum = 0;
        for (let k = 0; k <= n; k++) {
          sum += choose(n, k) * probability ** k * (1 - probability) ** (n - k);
          expect(binomialLowerTail({ successes: k, n, probability })).toBeCloseTo(sum, 12);
        }
      }
    }
  });

  it.each([
    [{ successes: 3, n: 2, probability: 0.5 }],
    [{ successes: -1, n: 2, probability: 0.5 }],
    [{ successes: 0.5, n: 2, probability: 0.5 }],
    [{ successes: 1, n: 2, probability: 1.01 }],
    [{ successes: 1, n: 2, probability: Number.NaN }],
  ])("refuse %o", (outcome) => {
    expect(() => binomialLowerTail(outcome)).toThrow(RangeError);
    expect(() => binomialUpperTail(outcome)).toThrow(RangeError);
  });
});

describe("clopperPearsonUpper", () => {
  // scipy 1.17.1, beta.ppf(confidence, k + 1, n − k); the first three are also the upper limits of
  // Newcombe, Statistics in Medicine 17 (1998), 857–872, table I, method 5: .1684, .3676, .1776.
  it.each([
    [0, 20, 0.975, 0.1684334709830853],
    [81, 263, 0.975, 0.36762192260135135],
    [1, 29, 0.975, 0.1776442954887229],
    [0, 59, 0.95, 0.04950760988822693],
    [7, 300, 0.95, 0.04337867564300364],
    [300, 1e6, 0.95, 0.00033008928177794027],
    [0, 1e6, 0.95, 2.9957277863525433e-6],
  ])("bounds %d of %d at confidence %d", (successes, n, confidence, expected) => {
    expectRelative(clopperPearsonUpper({ successes, n, confidence }), expected, 1e-11);
  });

  it("is 1 where all succeeded or nothing was seen", () => {
    expect(clopperPearsonUpper({ successes: 4, n: 4, confidence: 0.95 })).toBe(1);
    expect(clopperPearsonUpper({ successes: 0, n: 0, confidence: 0.95 })).toBe(1);
  });

  it("refuses a confidence of 1", () => {
    expect(() => clopperPearsonUpper({ successes: 0, n: 4, confidence: 1 })).toThrow(RangeError);
  });
});

function choose(n: number, k: number): number {
  let product = 1;
  for (let i = 1; i <= k; i++) product = (product * (n - k + i)) / i;
  return product;
}
