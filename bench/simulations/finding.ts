import { binomialLowerTail, binomialUpperTail } from "../../src/stats/binomial.ts";

/** What came of simulated experiments, held against what a function of src/stats promises. */
export interface Finding {
  /** The function. */
  readonly of: string;
  readonly setting: string;
  readonly measure: "false alarms" | "coverage" | "power" | "promise kept";
  /** The rate (0..1) that is promised; null where the row only shows what happens. */
  readonly promised: { readonly is: "at most" | "at least" | "equal to"; readonly rate: number } | null;
  /** In how many of the experiments it happened. */
  readonly happened: number;
  readonly experiments: number;
}

/** Some findings under a title, found by running them; the same numbers each time. */
export interface Simulation {
  readonly title: string;
  readonly run: () => readonly Finding[];
}

/** The counts, both included, in which a promise that is kept ends up, but for the probability `miss` on a side. */
export interface AcceptedCounts {
  readonly low: number;
  readonly high: number;
}

/** The exact binomial range of counts that the promise allows; all of them where nothing is promised. */
export function acceptedCounts({ promised, experiments: n }: Finding, miss: number): AcceptedCounts {
  if (promised === null) return { low: 0, high: n };
  const { is, rate: probability } = promised;
  const middle = Math.round(n * probability);
  let low = is === "at most" ? 0 : middle;
  while (low > 0 && binomialLowerTail({ successes: low - 1, n, probability }) > miss) low--;
  let high = is === "at least" ? n : middle;
  while (high < n && binomialUpperTail({ successes: high + 1, n, probability }) > miss) high++;
  return { low, high };
}

/** In how many of 2,000 experiments it happens; each is told its number, from 0. */
export function countExperiments(
  happens: (experiment: number) => boolean,
): Pick<Finding, "happened" | "experiments"> {
  let happened = 0;
  for (let experiment = 0; experiment < EXPERIMENTS; experiment++) if (happens(experiment)) happened++;
  return { happened, experiments: EXPERIMENTS };
}

/** One of something for each experiment, so that several methods are tried on the same draws. */
export function drawForEach<T>(draw: () => T): readonly T[] {
  return Array.from({ length: EXPERIMENTS }, draw);
}

/** How many experiments each finding rests on. */
export const EXPERIMENTS = 2000;
