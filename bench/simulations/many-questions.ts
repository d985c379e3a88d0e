import { spentAlpha } from "../../src/stats/alpha-spending.ts";
import { eProcessBetter, eProcessNotWorse } from "../../src/stats/e-process.ts";
import { holm, holmReject } from "../../src/stats/holm.ts";
import { mcnemarExactBetter } from "../../src/stats/mcnemar.ts";
import { notWorseThan } from "../../src/stats/non-inferiority.ts";
import { normalCdf } from "../../src/stats/normal.ts";
import { createRandom } from "../../src/stats/random.ts";
import type { PairedCounts } from "../../src/stats/tango-score.ts";
import { countExperiments, drawForEach, type Finding, type Simulation } from "./finding.ts";
import { drawNormal } from "./populations.ts";

const alarm = { measure: "false alarms", promised: { is: "at most", rate: 0.05 } } as const;
const shown = { measure: "false alarms", promised: null } as const;

/** Several questions, several looks, growing rows: the probability that any of them raises a false alarm. */
export const manyQuestions: readonly Simulation[] = [
  { title: "several candidates on the same test rows", run: lookAtCandidates },
  { title: "growing test rows, looked at as often as one likes", run: lookWhileGrowing },
  { title: "several gates at once", run: askSeveral },
];

function lookAtCandidates(): readonly Finding[] {
  const random = createRandom("several candidates");
  // By experiment the p-values of five candidates, none of them better than the model all are compared with.
  const ps = drawForEach(() => {
    const rates = Array.from({ length: 300 }, () => (random() < 0.7 ? 0.95 : 0.5));
    const others = rates.map((rate) => random() < rate);
    return Array.from({ length: 5 }, () => {
      const pairs = { onlyA: 0, onlyB: 0 };
      rates.forEach((rate, i) => {
        const right = random() < rate;
        if (right && !others[i]) pairs.onlyA++;
        if (!right && others[i]) pairs.onlyB++;
      });
      return mcnemarExactBetter(pairs).p;
    });
  });
  const anyOf = (looks: number, alphaOf: (look: number) => number) =>
    countExperiments((experiment) => ps[experiment]!.slice(0, looks).some((p, i) => p < alphaOf(i + 1)));
  return [
    ...[1, 2, 3, 4, 5].map((looks) => ({
      of: "spentAlpha",
      setting: `300 items, ${looks} equal ${looks === 1 ? "candidate" : "candidates"}, any found better`,
      ...alarm,
      ...anyOf(looks, (look) => spentAlpha(0.05, look)),
    })),
    {
      of: "spentAlpha",
      setting: "5 equal candidates, each at .05 as if it were the only one",
      ...shown,
      ...anyOf(5, () => 0.05),
    },
  ];
}

function lookWhileGrowing(): readonly Finding[] {
  const of = { better: "eProcessBetter", notWorse: "eProcessNotWorse" };
  const equal = { onlyA: 0.1, onlyB: 0.1 };
  const better = { onlyA: 0.13, onlyB: 0.07 };
  const worse = { onlyA: 0.025, onlyB: 0.055 };
  const alike = { onlyA: 0.04, onlyB: 0.04 };
  const grow = (rates: Rates, every: number, p: (counts: PairedCounts) => number) => {
    const random = createRandom(`growing ${JSON.stringify(rates)}`);
    return countExperiments(() => everPasses(random, { rates, every, p }));
  };
  const notWorse = (counts: PairedCounts) => eProcessNotWorse(counts, 0.03).p;
  return [
    {
      of: of.better,
      setting: "equal models, a look after each of 1,000 items",
      ...alarm,
      ...grow(equal, 1, (counts) => eProcessBetter(counts).p),
    },
    {
      of: "mcnemarExactBetter",
      setting: "the same with a look after every 50 items, each at .05",
      ...shown,
      ...grow(equal, 50, (counts) => mcnemarExactBetter(counts).p),
    },
    {
      of: of.better,
      setting: "6 points better, 20 % discordant, found within 1,000 items",
      measure: "power",
      promised: null,
      ...grow(better, 1, (counts) => eProcessBetter(counts).p),
    },
    {
      of: of.notWorse,
      setting: "worse by exactly the margin of 3 points, a look after every 10 of 1,000 items",
      ...alarm,
      ...grow(worse, 10, notWorse),
    },
    {
      of: "notWorseThan",
      setting: "the same with a look after every 50 items, each at .05",
      ...shown,
      ...grow(worse, 50, (counts) => notWorseThan(counts, 0.03).p),
    },
    {
      of: of.notWorse,
      setting: "equal models, 8 % discordant, found within 1,000 items",
      measure: "power",
      promised: null,
      ...grow(alike, 10, notWorse),
    },
  ];
}

function askSeveral(): readonly Finding[] {
  const random = createRandom("several gates");
  // By experiment the normal deviates of four gates; all share a half of their variance, as on the same items.
  const deviates = drawForEach(() => {
    const shared = drawNormal(random);
    return Array.from({ length: 4 }, () => (shared + drawNormal(random)) / Math.SQRT2);
  });
  const apart = drawForEach(() => Array.from({ length: 4 }, () => drawNormal(random)));
  const levels = [0.05, 0.01, 0.05, 0.025];
  const pOf = (deviate: number) => normalCdf(-deviate);
  return [
    {
      of: "holm",
      setting: "4 independent gates, none true",
      ...alarm,
      ...countExperiments((i) => holm(apart[i]!.map(pOf)).some((p) => p <= 0.05)),
    },
    {
      of: "holm",
      setting: "4 gates on the same items, none true",
      ...alarm,
      ...countExperiments((i) => holm(deviates[i]!.map(pOf)).some((p) => p <= 0.05)),
    },
    {
      of: "holm",
      setting: "4 independent gates, of which 2 are true and easy to see, a false one passes",
      ...alarm,
      ...countExperiments((i) => {
        const adjusted = holm(apart[i]!.map((deviate, gate) => pOf(gate < 2 ? deviate + 5 : deviate)));
        return adjusted.slice(2).some((p) => p <= 0.05);
      }),
    },
    {
      of: "holmReject",
      setting: "4 independent gates at .05, .01, .05 and .025, none true",
      ...alarm,
      ...countExperiments((i) => {
        const entries = apart[i]!.map((deviate, gate) => ({ p: pOf(deviate), alpha: levels[gate]! }));
        return holmReject(entries).includes(true);
      }),
    },
    {
      of: "holm",
      setting: "4 independent gates, none true, not adjusted",
      ...shown,
      ...countExperiments((i) => apart[i]!.some((deviate) => pOf(deviate) <= 0.05)),
    },
  ];
}

interface Rates {
  readonly onlyA: number;
  readonly onlyB: number;
}

/** Whether any look at up to 1,000 items, one after every so many, has p < .05. */
function everPasses(
  random: () => number,
  look: { readonly rates: Rates; readonly every: number; readonly p: (counts: PairedCounts) => number },
): boolean {
  const { rates, every, p } = look;
  const counts = { both: 0, onlyA: 0, onlyB: 0, neither: 0 };
  for (let n = 1; n <= 1000; n++) {
    const at = random();
    if (at < rates.onlyA) counts.onlyA++;
    else if (at < rates.onlyA + rates.onlyB) counts.onlyB++;
    else counts.both++;
    if (n % every === 0 && p(counts) < 0.05) return true;
  }
  return false;
}
