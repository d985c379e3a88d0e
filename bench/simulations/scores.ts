import { normalCdf, normalQuantile } from "../../src/stats/normal.ts";
import { pairedPermutation, shiftedPermutation } from "../../src/stats/paired-permutation.ts";
import { createRandom } from "../../src/stats/random.ts";
import { countExperiments, drawForEach, type Finding, type Simulation } from "./finding.ts";
import { deviationOf, drawDifferences, drawNormal } from "./populations.ts";

// One less than a multiple of 20, so that a p of exactly .05 can come out.
const rounds = 499;

/** Permutation tests of scores. */
export const scores: readonly Simulation[] = [
  { title: "permutation tests of equal scores", run: testEqual },
  { title: "permutation tests of scores that differ", run: testDifferent },
  { title: "permutation tests of scores against a margin", run: testMargin },
];

function testEqual(): readonly Finding[] {
  const random = createRandom("equal scores");
  const few = { n: 12, mean: 0, reach: 0.4 };
  const many = { n: 60, mean: 0, reach: 0.4 };
  const alarm = { measure: "false alarms", promised: { is: "equal to", rate: 0.05 } } as const;
  const groups = Array.from({ length: 160 }, (_, i) => Math.floor(i / 8));
  const inGroups = drawForEach(() => drawInGroups(random, groups));
  return [
    {
      of: "pairedPermutation",
      setting: "12 items, every pattern tried",
      ...alarm,
      ...countSmall((seed) => pairedPermutation({ differences: drawDifferences(random, few), seed }).p),
    },
    {
      of: "pairedPermutation",
      setting: "60 items, patterns drawn",
      ...alarm,
      ...countSmall(
        (seed) => pairedPermutation({ differences: drawDifferences(random, many), seed, rounds }).p,
      ),
    },
    {
      of: "pairedPermutation",
      setting: "60 items, one-sided",
      ...alarm,
      ...countSmall(
        (seed) => pairedPermutation({ differences: drawDifferences(random, many), seed, rounds }).pGreater,
      ),
    },
    {
      of: "pairedPermutation",
      setting: "20 groups of 8 items that share half of their variance",
      ...alarm,
      ...countSmall((seed) => pairedPermutation({ differences: inGroups[seed]!, groups, seed, rounds }).p),
    },
    {
      of: "pairedPermutation",
      setting: "the same, the groups ignored",
      ...alarm,
      promised: null,
      ...countSmall((seed) => pairedPermutation({ differences: inGroups[seed]!, seed, rounds }).p),
    },
  ];
}

function testDifferent(): readonly Finding[] {
  const random = createRandom("different scores");
  const drawn = { n: 100, mean: 0.04, reach: 0.4 };
  const sd = deviationOf(drawn.reach);
  // The flipped sums have the mean squares of the differences for variance.
  const needed = normalQuantile(0.95) * Math.sqrt(sd ** 2 + drawn.mean ** 2);
  const expected = normalCdf((drawn.mean * Math.sqrt(drawn.n) - needed) / sd);
  return [
    {
      of: "pairedPermutation",
      setting: "100 items, a mean difference of 4 points, one-sided; promised is the normal approximation",
      measure: "power",
      promised: { is: "equal to", rate: expected },
      ...countSmall(
        (seed) => pairedPermutation({ differences: drawDifferences(random, drawn), seed, rounds }).pGreater,
      ),
    },
  ];
}

function testMargin(): readonly Finding[] {
  const random = createRandom("scores against a margin");
  const margin = 0.03;
  const mirrored = drawForEach(() => drawDifferences(random, { n: 300, mean: -margin, reach: 0.4 }));
  const rare = drawForEach(() => Array.from({ length: 300 }, () => (random() < margin ? -1 : 0)));
  const equal = drawForEach(() => drawDifferences(random, { n: 300, mean: 0, reach: 0.4 }));
  const test = (drawn: readonly (readonly number[])[], worst?: number) =>
    countSmall(
      (seed) => shiftedPermutation({ differences: drawn[seed]!, margin, worst, seed, rounds: 199 }).p,
    );
  const of = "shiftedPermutation";
  const measure = "false alarms";
  return [
    {
      of,
      setting: "300 items, worse by exactly 3 points, losses mirror gains",
      measure,
      promised: { is: "equal to", rate: 0.05 },
      ...test(mirrored),
    },
    {
      of,
      setting: "the same, `worst` told",
      measure,
      promised: { is: "at most", rate: 0.05 },
      ...test(mirrored, -1),
    },
    {
      of,
      setting: "300 items, 3 % lose all, the others tie",
      measure,
      promised: null,
      ...test(rare),
    },
    {
      of,
      setting: "the same, `worst` told",
      measure,
      promised: { is: "at most", rate: 0.05 },
      ...test(rare, -1),
    },
    { of, setting: "300 items, equal models", measure: "power", promised: null, ...test(equal) },
    { of, setting: "the same, `worst` told", measure: "power", promised: null, ...test(equal, -1) },
  ];
}

/** Differences of mean 0, half of whose variance is shared within the group. */
function drawInGroups(random: () => number, groups: readonly number[]): readonly number[] {
  const shared = new Map<number, number>();
  return groups.map((group) => {
    const effect = shared.get(group) ?? drawNormal(random);
    shared.set(group, effect);
    return effect + drawNormal(random);
  });
}

function countSmall(p: (seed: number) => number): Pick<Finding, "happened" | "experiments"> {
  return countExperiments((seed) => p(seed) <= 0.05);
}
