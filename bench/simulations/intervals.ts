import { clopperPearsonUpper } from "../../src/stats/binomial.ts";
import { clusterBootstrap, clusterBootstrapPaired } from "../../src/stats/cluster-bootstrap.ts";
import { gapClosed } from "../../src/stats/gap-closed.ts";
import { pairedDifference } from "../../src/stats/paired-difference.ts";
import { createRandom } from "../../src/stats/random.ts";
import { wilsonInterval } from "../../src/stats/wilson.ts";
import { drawPairs } from "../../test/stats/draw-pairs.ts";
import { countExperiments, drawForEach, type Finding, type Simulation } from "./finding.ts";
import { drawDifferences, drawGroups, drawPasses } from "./populations.ts";

const confidence = 0.95;
const resamples = 600;
const about = { measure: "coverage", promised: { is: "equal to", rate: confidence } } as const;
const atLeast = { measure: "coverage", promised: { is: "at least", rate: confidence } } as const;
const shown = { measure: "coverage", promised: null } as const;

/** Intervals: how often they hold what is true. */
export const intervals: readonly Simulation[] = [
  { title: "intervals of rates and their differences", run: coverRates },
  { title: "bootstrap intervals of ungrouped items", run: coverUngrouped },
  { title: "bootstrap intervals of grouped items", run: coverGrouped },
];

function coverRates(): readonly Finding[] {
  const random = createRandom("intervals of rates");
  const passed = (n: number, rate: number) => drawPasses(random, { n, rate });
  return [
    {
      of: "wilsonInterval",
      setting: "200 items, a rate of 90 %",
      ...about,
      ...countExperiments(() => holds(wilsonInterval(passed(200, 0.9), 200, confidence), 0.9)),
    },
    {
      of: "clopperPearsonUpper",
      setting: "300 items, a rate of 3 %",
      ...atLeast,
      ...countExperiments(
        () => clopperPearsonUpper({ successes: passed(300, 0.03), n: 300, confidence }) >= 0.03,
      ),
    },
    {
      of: "pairedDifference",
      setting: "200 items, 10 % right with the first model alone, 5 % with the second",
      ...about,
      ...countExperiments(() => {
        const counts = drawPairs(random, { n: 200, onlyA: 0.1, onlyB: 0.05 });
        return holds(pairedDifference(counts, confidence).interval, 0.05);
      }),
    },
  ];
}

function coverUngrouped(): readonly Finding[] {
  const random = createRandom("ungrouped items");
  return [
    {
      of: "gapClosed",
      setting: "200 items, rates 60, 75 and 90 %, so half of the gap",
      ...about,
      ...countExperiments((seed) => {
        const closed = gapClosed(drawThree(random, 200), { seed, confidence, resamples: 400 });
        return closed?.interval != null && holds(closed.interval, 0.5);
      }),
    },
    {
      of: "clusterBootstrap",
      setting: "60 items with scores, ungrouped",
      ...about,
      ...countExperiments((seed) => {
        const values = drawDifferences(random, { n: 60, mean: 0.5, reach: 0.5 });
        return holds(clusterBootstrap({ values, seed, confidence, resamples }), 0.5);
      }),
    },
  ];
}

function coverGrouped(): readonly Finding[] {
  const random = createRandom("grouped items");
  const draw = (groups: number) =>
    drawForEach(() => drawGroups(random, { groups, rate: 0.8, correlation: 0.3 }));
  const cover = (drawn: ReturnType<typeof draw>) =>
    countExperiments((seed) =>
      holds(clusterBootstrap({ ...drawn[seed]!, seed, confidence, resamples }), 0.8),
    );
  const of = "clusterBootstrap";
  const forty = draw(40);
  return [
    { of, setting: "40 groups of 2 to 18 items, correlation .3, a rate of 80 %", ...about, ...cover(forty) },
    {
      of,
      setting: "the same, the groups ignored",
      ...shown,
      ...countExperiments((seed) => {
        const { values } = forty[seed]!;
        return holds(clusterBootstrap({ values, seed, confidence, resamples: 300 }), 0.8);
      }),
    },
    { of, setting: "20 such groups", ...shown, ...cover(draw(20)) },
    { of, setting: "10 such groups", ...shown, ...cover(draw(10)) },
    { of, setting: "5 such groups", ...shown, ...cover(draw(5)) },
    {
      of: "clusterBootstrapPaired",
      setting: "40 such groups, a second model right on half of the first one's errors too",
      ...about,
      ...countExperiments((seed) => {
        const { values: b, groups } = drawGroups(random, { groups: 40, rate: 0.8, correlation: 0.3 });
        const a = b.map((right) => (right === 1 || random() < 0.5 ? 1 : 0));
        return holds(clusterBootstrapPaired({ a, b, groups, seed, confidence, resamples }), 0.1);
      }),
    },
  ];
}

function holds(
  { low, high }: { readonly low: number | null; readonly high: number | null },
  truth: number,
): boolean {
  return low !== null && high !== null && low <= truth && truth <= high;
}

/** Three models, of which the better is right wherever the weaker is, but for a tenth of the items. */
function drawThree(random: () => number, n: number) {
  const hardness = Array.from({ length: n }, () => random());
  const answers = (rate: number) =>
    hardness.map((hard): 0 | 1 => ((random() < 0.1 ? random() : hard) < rate ? 1 : 0));
  return { teacher: answers(0.9), candidate: answers(0.75), base: answers(0.6) };
}
