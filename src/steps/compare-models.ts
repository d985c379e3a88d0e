import { gapClosed } from "../stats/gap-closed.ts";
import { holm } from "../stats/holm.ts";
import {
  countPairs,
  estimateDifference,
  type Pair,
  type PairRequest,
  pairModels,
  testAlike,
} from "./compare-pair.ts";
import { estimateShare, seed } from "./estimate-share.ts";
import type { Outcomes } from "./outcomes.ts";

/** A difference of pass rates on the same items, with its interval and two-sided p. */
export interface DifferenceFacts {
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** McNemar's exact test; a permutation of groups where items have them. */
  readonly p: number;
  /** By Holm over all differences under the grader. */
  readonly p_adjusted: number;
  /** Items that only this model passed, and only the other one. */
  readonly only_this: number;
  readonly only_other: number;
}

/** A pass rate with its interval. */
export interface RateFacts {
  readonly passed: number;
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

/** One model under one grader. */
export interface ModelComparison extends RateFacts {
  readonly to_teacher?: DifferenceFacts;
  readonly to_base?: DifferenceFacts;
}

/** All models on the items of one slice's value. */
export interface SliceComparison {
  readonly items: number;
  readonly models: { readonly [model: string]: RateFacts };
}

/** What a comparison says, by digests. */
export interface ComparisonFacts {
  readonly items: number;
  /** Where items have groups, which are then drawn whole: how many there are. */
  readonly groups?: number;
  readonly confidence: number;
  readonly candidate: string;
  readonly teacher?: string;
  readonly base?: string;
  /** In the order of the results. */
  readonly models: readonly string[];
  readonly graders: {
    readonly [grader: string]: {
      readonly models: { readonly [model: string]: ModelComparison };
      /**
       * Share of the teacher–base gap that the candidate closes; the interval is null where it has no bound, and
       * where items have groups.
       */
      readonly gap_closed?: {
        readonly share: number;
        readonly low: number | null;
        readonly high: number | null;
      };
      /** By slice and value. */
      readonly slices?: { readonly [slice: string]: { readonly [value: string]: SliceComparison } };
    };
  };
}

/** Which models play which part, by digest. */
export interface Roles {
  readonly candidate: string;
  readonly teacher?: string;
  readonly base?: string;
}

/** Each model's pass rate and its paired differences to teacher and base, with their intervals. */
export function compareModels(
  outcomes: Outcomes,
  { confidence, ...roles }: Roles & { readonly confidence: number },
): ComparisonFacts {
  const { items, models, groups } = outcomes;
  const compareUnder = (grader: string) => {
    const against = compareAgainst(outcomes, { grader, confidence, ...roles });
    const rows = models.map((model): [string, ModelComparison] => [
      model,
      { ...rateFacts(outcomes, { grader, model, confidence }), ...against(model) },
    ]);
    const gap_closed = gapFacts(outcomes, { grader, confidence, ...roles });
    const slices = outcomes.slices.map((slice) => [
      slice,
      compareSlice(outcomes, { slice, grader, confidence }),
    ]);
    return {
      models: Object.fromEntries(rows),
      ...(gap_closed && { gap_closed }),
      ...(slices.length > 0 && { slices: Object.fromEntries(slices) }),
    };
  };
  return {
    items: items.length,
    ...(groups && { groups: new Set(groups).size }),
    confidence,
    ...roles,
    models,
    graders: Object.fromEntries(outcomes.graders.map((grader) => [grader, compareUnder(grader)])),
  };
}

interface UnderGrader {
  readonly grader: string;
  readonly confidence: number;
}

function rateFacts(
  outcomes: Outcomes,
  { grader, model, confidence }: UnderGrader & { readonly model: string },
): RateFacts {
  const passes = outcomes.passes(grader, model);
  const { value, low, high } = estimateShare(passes, { confidence, groups: outcomes.groups });
  return { passed: passes.filter((pass) => pass === 1).length, rate: value, low, high };
}

/** The differences of every model to teacher and base; p is adjusted over all of them, each pair counting once. */
function compareAgainst(
  outcomes: Outcomes,
  { grader, confidence, teacher, base }: UnderGrader & Roles,
): (model: string) => Pick<ModelComparison, "to_teacher" | "to_base"> {
  const requests = [teacher, base].flatMap((other) =>
    other === undefined
      ? []
      : outcomes.models.flatMap((model) => (model === other ? [] : [{ grader, model, other }])),
  );
  const pairs = new Map<string, Pair>();
  for (const request of requests)
    if (!pairs.has(keyOf(request))) pairs.set(keyOf(request), pairModels(outcomes, request));
  const ps = [...pairs.values()].map(testAlike);
  const adjusted = holm(ps);
  const order = [...pairs.keys()];
  const tell = (request: PairRequest): DifferenceFacts => {
    const pair = pairModels(outcomes, request);
    const { value, low, high } = estimateDifference(pair, confidence);
    const { onlyA: only_this, onlyB: only_other } = countPairs(pair);
    const at = order.indexOf(keyOf(request));
    return {
      difference: value,
      low: low ?? -1,
      high: high ?? 1,
      p: ps[at]!,
      p_adjusted: adjusted[at]!,
      only_this,
      only_other,
    };
  };
  return (model) => ({
    ...(teacher !== undefined &&
      teacher !== model && { to_teacher: tell({ grader, model, other: teacher }) }),
    ...(base !== undefined && base !== model && { to_base: tell({ grader, model, other: base }) }),
  });
}

// Teacher against base asks the same as base against teacher.
function keyOf({ model, other }: PairRequest): string {
  return [model, other].sort().join(" ");
}

function compareSlice(
  outcomes: Outcomes,
  { slice, ...under }: UnderGrader & { readonly slice: string },
): { readonly [value: string]: SliceComparison } {
  return Object.fromEntries(
    outcomes.valuesOf(slice).map((value) => {
      const part = outcomes.within({ name: slice, value });
      const rates = part.models.map((model) => [model, rateFacts(part, { ...under, model })]);
      return [value, { items: part.items.length, models: Object.fromEntries(rates) }];
    }),
  );
}

function gapFacts(outcomes: Outcomes, { grader, confidence, candidate, teacher, base }: UnderGrader & Roles) {
  if (teacher === undefined || base === undefined || teacher === base) return undefined;
  const gap = gapClosed(
    {
      candidate: outcomes.passes(grader, candidate),
      teacher: outcomes.passes(grader, teacher),
      base: outcomes.passes(grader, base),
    },
    { seed, confidence },
  );
  // Its bootstrap draws single items: where these have groups the interval would be too narrow.
  const interval = outcomes.groups === undefined ? gap?.interval : null;
  return gap && { share: gap.share, low: interval?.low ?? null, high: interval?.high ?? null };
}
