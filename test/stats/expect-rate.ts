import { expect } from "vitest";
import { binomialLowerTail, binomialUpperTail } from "../../src/stats/binomial.ts";

/** How often something happened in simulated draws. */
interface Draws {
  readonly happened: number;
  readonly draws: number;
}

/** Expects a count that a true rate of `nominal` gives with a probability above 1 in 1,000 on either side. */
export function expectRate({ happened, draws }: Draws, nominal: number): void {
  expectRateAtMost({ happened, draws }, nominal);
  const below = binomialLowerTail({ successes: happened, n: draws, probability: nominal });
  expect(below, `${happened} of ${draws} against ${nominal}`).toBeGreaterThan(0.001);
}

/** Expects a count that a true rate of at most `nominal` gives with a probability above 1 in 1,000. */
export function expectRateAtMost({ happened, draws }: Draws, nominal: number): void {
  const above = binomialUpperTail({ successes: happened, n: draws, probability: nominal });
  expect(above, `${happened} of ${draws} against ${nominal}`).toBeGreaterThan(0.001);
}
