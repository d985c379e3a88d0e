import { mcnemarExact, mcnemarExactBetter } from "../../src/stats/mcnemar.ts";
import { itemsToDecide, itemsToDecideRate, minimumDetectable } from "../../src/stats/minimum-detectable.ts";
import { notWorseThan } from "../../src/stats/non-inferiority.ts";
import { createRandom } from "../../src/stats/random.ts";
import type { PairedCounts } from "../../src/stats/tango-score.ts";
import { wilsonInterval } from "../../src/stats/wilson.ts";
import { drawPairs } from "../../test/stats/draw-pairs.ts";
import { countExperiments, type Finding, type Simulation } from "./finding.ts";
import { drawPasses } from "./populations.ts";

/** Tests of gates on outcomes: false alarms under no difference, power at the difference that they promise. */
export const pairedOutcomes: readonly Simulation[] = [
  { title: "McNemar's and Tango's tests under no difference", run: raiseFalseAlarms },
  { title: "gates at their minimum detectable effect", run: detect },
  { title: "gates with the items that decide them", run: decide },
];

function raiseFalseAlarms(): readonly Finding[] {
  const alarms = (of: string, setting: string, passes: Passes) =>
    ({
      of,
      setting,
      measure: "false alarms",
      promised: { is: "at most", rate: 0.05 },
      ...count(`${of} false alarms`, passes),
    }) satisfies Finding;
  const alike = { n: 300, onlyA: 0.1, onlyB: 0.1 };
  return [
    alarms("mcnemarExact", "300 items, 10 % right with each model alone", {
      pairs: alike,
      test: (counts) => mcnemarExact(counts).p < 0.05,
    }),
    alarms("mcnemarExactBetter", "300 items, 10 % right with each model alone", {
      pairs: alike,
      test: (counts) => mcnemarExactBetter(counts).p < 0.05,
    }),
    alarms("notWorseThan", "600 items, worse by exactly the margin of 3 points", {
      pairs: { n: 600, onlyA: 0.025, onlyB: 0.055 },
      test: (counts) => notWorseThan(counts, 0.03).p < 0.05,
    }),
  ];
}

function detect(): readonly Finding[] {
  const gate = { alpha: 0.05, power: 0.8 };
  const difference = minimumDetectable({ n: 300, discordantShare: 0.2, ...gate })!;
  const loss = minimumDetectable({ n: 1200, discordantShare: 0.08, ...gate, margin: 0.03 })!;
  return [
    power("minimumDetectable", `300 items, 20 % discordant, a true difference of ${points(difference)}`, {
      pairs: split(300, { share: 0.2, difference }),
      test: (counts) => mcnemarExactBetter(counts).p < 0.05,
    }),
    power(
      "minimumDetectable",
      `1,200 items, 8 % discordant, a true loss of ${points(loss)} of a margin of 3`,
      {
        pairs: split(1200, { share: 0.08, difference: -loss }),
        test: (counts) => notWorseThan(counts, 0.03).p < 0.05,
      },
    ),
  ];
}

function decide(): readonly Finding[] {
  const gate = { alpha: 0.05, power: 0.8 };
  const better = itemsToDecide({ difference: 0.04, discordantShare: 0.15, ...gate })!;
  const notWorse = itemsToDecide({ difference: -0.01, discordantShare: 0.1, ...gate, margin: 0.03 })!;
  const rate = itemsToDecideRate({ rate: 0.95, min: 0.92, confidence: 0.95, power: 0.8 })!;
  const random = createRandom("items to decide a rate");
  return [
    power("itemsToDecide", `a difference of 4 points, 15 % discordant: ${better} items`, {
      pairs: split(better, { share: 0.15, difference: 0.04 }),
      test: (counts) => mcnemarExactBetter(counts).p < 0.05,
    }),
    power(
      "itemsToDecide",
      `a loss of 1 of a margin of 3 points, 10 % discordant: ${notWorse.toLocaleString("en")} items`,
      {
        pairs: split(notWorse, { share: 0.1, difference: -0.01 }),
        test: (counts) => notWorseThan(counts, 0.03).p < 0.05,
      },
    ),
    {
      of: "itemsToDecideRate",
      setting: `a rate of 95 % against a min of 92 %: ${rate} items`,
      measure: "power",
      // Power climbs in steps of five points here.
      promised: { is: "at least", rate: 0.8 },
      ...countExperiments(() => {
        const passed = drawPasses(random, { n: rate, rate: 0.95 });
        return wilsonInterval(passed, rate, 0.95).low >= 0.92;
      }),
    },
  ];
}

interface Passes {
  readonly pairs: { readonly n: number; readonly onlyA: number; readonly onlyB: number };
  readonly test: (counts: PairedCounts) => boolean;
}

function power(of: string, setting: string, passes: Passes): Finding {
  return {
    of,
    setting,
    measure: "power",
    promised: { is: "equal to", rate: 0.8 },
    ...count(`${of} ${setting}`, passes),
  };
}

function count(seed: string, { pairs, test }: Passes): Pick<Finding, "happened" | "experiments"> {
  const random = createRandom(seed);
  return countExperiments(() => test(drawPairs(random, pairs)));
}

function split(n: number, of: { readonly share: number; readonly difference: number }): Passes["pairs"] {
  return { n, onlyA: (of.share + of.difference) / 2, onlyB: (of.share - of.difference) / 2 };
}

function points(difference: number): string {
  return `${(100 * difference).toFixed(1)} points`;
}
