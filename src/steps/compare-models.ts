import { gapClosed } from "../stats/gap-closed.ts";
import { mcnemarExact } from "../stats/mcnemar.ts";
import { pairedDifference } from "../stats/paired-difference.ts";
import type { PairedCounts } from "../stats/tango-score.ts";
import { wilsonInterval } from "../stats/wilson.ts";
import type { Outcomes } from "./outcomes.ts";

/** A difference of pass rates on the same items, with its interval and McNemar's exact two-sided p. */
export interface DifferenceFacts {
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
  /** Items that only this model passed, and only the other one. */
  readonly only_this: number;
  readonly only_other: number;
}

/** One model under one grader. */
export interface ModelComparison {
  readonly passed: number;
  readonly rate: number;
  readonly low: number;
  readonly high: number;
  readonly to_teacher?: DifferenceFacts;
  readonly to_base?: DifferenceFacts;
}

/** What a comparison says, by digests. */
export interface ComparisonFacts {
  readonly items: number;
  readonly confidence: number;
  readonly candidate: string;
  readonly teacher?: string;
  readonly base?: string;
  /** In the order of the results. */
  readonly models: readonly string[];
  readonly graders: {
    readonly [grader: string]: {
      readonly models: { readonly [model: string]: ModelComparison };
      /** Share of the teacher–base gap that the candidate closes; the interval is null where it has no bound. */
      readonly gap_closed?: {
        readonly share: number;
        readonly low: number | null;
        readonly high: number | null;
      };
    };
  };
}

/** Which models play which part, by digest. */
export interface Roles {
  readonly candidate: string;
  readonly teacher?: string;
  readonly base?: string;
}

// Any constant would do; that it never changes is what lets a report be recomputed.
const bootstrapSeed = 1;

/** Each model's pass rate with Wilson's interval, and its paired differences to teacher and base. */
export function compareModels(
  outcomes: Outcomes,
  { confidence, ...roles }: Roles & { readonly confidence: number },
): ComparisonFacts {
  const { items, models } = outcomes;
  const compareUnder = (grader: string) => {
    const against = (model: string, other: string | undefined) =>
      other === undefined || other === model
        ? undefined
        : differenceFacts(countPairs(outcomes, { grader, model, other }), confidence);
    const rows = models.map((model): [string, ModelComparison] => {
      const passed = sum(outcomes.passes(grader, model));
      const to_teacher = against(model, roles.teacher);
      const to_base = against(model, roles.base);
      return [
        model,
        {
          passed,
          rate: passed / items.length,
          ...wilsonInterval(passed, items.length, confidence),
          ...(to_teacher && { to_teacher }),
          ...(to_base && { to_base }),
        },
      ];
    });
    const gap_closed = gapFacts(outcomes, { grader, confidence, ...roles });
    return { models: Object.fromEntries(rows), ...(gap_closed && { gap_closed }) };
  };
  return {
    items: items.length,
    confidence,
    ...roles,
    models,
    graders: Object.fromEntries(outcomes.graders.map((grader) => [grader, compareUnder(grader)])),
  };
}

/** Joins the outcomes of two models: A is `model`, B is `other`. */
export function countPairs(
  outcomes: Outcomes,
  { grader, model, other }: { readonly grader: string; readonly model: string; readonly other: string },
): PairedCounts {
  const theirs = outcomes.passes(grader, other);
  const counts = { both: 0, onlyA: 0, onlyB: 0, neither: 0 };
  outcomes.passes(grader, model).forEach((own, index) => {
    if (own === 1) counts[theirs[index] === 1 ? "both" : "onlyA"] += 1;
    else counts[theirs[index] === 1 ? "onlyB" : "neither"] += 1;
  });
  return counts;
}

/** The difference of paired outcomes with interval and p. */
function differenceFacts(counts: PairedCounts, confidence: number): DifferenceFacts {
  const { difference, interval } = pairedDifference(counts, confidence);
  const { onlyA: only_this, onlyB: only_other } = counts;
  return { difference, ...interval, p: mcnemarExact(counts).p, only_this, only_other };
}

function gapFacts(
  outcomes: Outcomes,
  {
    grader,
    confidence,
    candidate,
    teacher,
    base,
  }: Roles & { readonly grader: string; readonly confidence: number },
) {
  if (teacher === undefined || base === undefined || teacher === base) return undefined;
  // Sorted by what came out: the bootstrap must not depend on the order of items, which evidence has otherwise.
  const own = outcomes.passes(grader, candidate);
  const teachers = outcomes.passes(grader, teacher);
  const bases = outcomes.passes(grader, base);
  const patterns = own.map((pass, at) => [pass, teachers[at]!, bases[at]!] as const);
  patterns.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  const gap = gapClosed(
    {
      candidate: patterns.map(([pass]) => pass),
      teacher: patterns.map(([, pass]) => pass),
      base: patterns.map(([, , pass]) => pass),
    },
    { seed: bootstrapSeed, confidence },
  );
  return gap && { share: gap.share, low: gap.interval?.low ?? null, high: gap.interval?.high ?? null };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
