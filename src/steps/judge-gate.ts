import { holmReject } from "../stats/holm.ts";
import { mcnemarExactBetter } from "../stats/mcnemar.ts";
import { notWorseThan } from "../stats/non-inferiority.ts";
import { pairedDifference } from "../stats/paired-difference.ts";
import { wilsonInterval } from "../stats/wilson.ts";
import { countPairs } from "./compare-models.ts";
import { formatP, formatPoints, formatShare } from "./format.ts";
import type { Outcomes } from "./outcomes.ts";

/** What came of a gate, and of all of them. */
export type GateOutcome = "pass" | "fail" | "undecided";

interface GateCommon {
  /** Digests. */
  readonly grader: string;
  readonly model: string;
  /** Confidence of the interval. */
  readonly confidence: number;
}

/** A gate whose names were replaced by digests. */
export type ResolvedGate = GateCommon &
  (
    | { readonly type: "min"; readonly min: number }
    | { readonly type: "better_than"; readonly other: string; readonly alpha: number; readonly level: number }
    | {
        readonly type: "not_worse_than";
        readonly other: string;
        readonly margin: number;
        readonly alpha: number;
        /** What is left of alpha at this look. */
        readonly level: number;
      }
  );

/** A gate with what came of it: a pass rate (min) or a difference, its interval, and the p of its test. */
export type JudgedGate = ResolvedGate & {
  readonly outcome: GateOutcome;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly p?: number;
};

/** Decides all gates of a step; those with a test share one family, by Holm. */
export function judgeGates(outcomes: Outcomes, gates: readonly ResolvedGate[]): readonly JudgedGate[] {
  const judged = gates.map((gate) => judgeGate(outcomes, gate));
  const tested = judged.flatMap((gate) =>
    gate.type === "min" || gate.p === undefined ? [] : [{ gate, p: gate.p, alpha: gate.level }],
  );
  const kept = holmReject(tested);
  const lost = new Set<JudgedGate>(tested.flatMap(({ gate }, at) => (kept[at] ? [] : [gate])));
  return judged.map((gate) =>
    gate.outcome === "pass" && lost.has(gate) ? { ...gate, outcome: "undecided" } : gate,
  );
}

/** Decides a gate: pass and fail are both claims that the data must bear; all else is undecided. */
function judgeGate(outcomes: Outcomes, gate: ResolvedGate): JudgedGate {
  if (gate.type === "min") {
    const passes = outcomes.passes(gate.grader, gate.model);
    const passed = passes.filter((pass) => pass === 1).length;
    const interval = wilsonInterval(passed, passes.length, gate.confidence);
    const outcome = decide(interval.low >= gate.min, interval.high < gate.min);
    return { ...gate, outcome, value: passed / passes.length, ...interval };
  }
  const counts = countPairs(outcomes, gate);
  const { difference: value, interval } = pairedDifference(counts, gate.confidence);
  switch (gate.type) {
    case "better_than": {
      const { p } = mcnemarExactBetter(counts);
      const worse = mcnemarExactBetter({ onlyA: counts.onlyB, onlyB: counts.onlyA });
      return { ...gate, outcome: decide(p < gate.level, worse.p < gate.level), value, ...interval, p };
    }
    case "not_worse_than": {
      const { p } = notWorseThan(counts, gate.margin);
      return {
        ...gate,
        outcome: decide(p < gate.level, interval.high < -gate.margin),
        value,
        ...interval,
        p,
      };
    }
  }
}

function decide(passes: boolean, fails: boolean): GateOutcome {
  if (passes) return "pass";
  return fails ? "fail" : "undecided";
}

/** The verdict of several gates: fail if any fails, else undecided if any is, else pass. */
export function joinVerdicts(outcomes: readonly GateOutcome[]): GateOutcome {
  if (outcomes.includes("fail")) return "fail";
  return outcomes.includes("undecided") ? "undecided" : "pass";
}

/** One line a gate, such as `PASS  routed is not worse than teacher by more than 3 points (−0.7, p = 0.002)`. */
export function describeGate(gate: JudgedGate, name: (digest: string) => string): string {
  const model = name(gate.model);
  switch (gate.type) {
    case "min": {
      const claim = {
        pass: `${model} passes at least ${formatShare(gate.min)}`,
        fail: `${model} passes less than ${formatShare(gate.min)}`,
        undecided: `${model} may or may not pass ${formatShare(gate.min)}`,
      }[gate.outcome];
      return `${label(gate.outcome)}  ${claim} of ${name(gate.grader)} (${formatShare(gate.value)}, ${formatRange(gate)})`;
    }
    case "better_than": {
      const claim = {
        pass: `${model} is better than ${name(gate.other)}`,
        fail: `${model} is worse than ${name(gate.other)}`,
        undecided: `${model} is not shown to be better than ${name(gate.other)}`,
      }[gate.outcome];
      return `${label(gate.outcome)}  ${claim} (${evidence(gate)})`;
    }
    case "not_worse_than": {
      const by = `by more than ${Number((100 * gate.margin).toFixed(2))} point${gate.margin === 0.01 ? "" : "s"}`;
      const claim = {
        pass: `${model} is not worse than ${name(gate.other)} ${by}`,
        fail: `${model} is worse than ${name(gate.other)} ${by}`,
        undecided: `${model} may be worse than ${name(gate.other)} ${by}`,
      }[gate.outcome];
      return `${label(gate.outcome)}  ${claim} (${evidence(gate)})`;
    }
  }
}

/** A difference with what makes it a claim: the p of the test that passed, else the interval. */
function evidence(gate: JudgedGate): string {
  const test = gate.p === undefined || gate.outcome === "fail" ? [] : [formatP(gate.p), ...level(gate)];
  const interval = gate.outcome === "pass" ? [] : [formatRange(gate)];
  return [formatPoints(gate.value), ...interval, ...test].join(", ");
}

// What is left of alpha at this look: without it, a p below alpha that does not pass would look like a mistake.
function level(gate: JudgedGate): readonly string[] {
  return gate.type === "min" || gate.outcome === "fail" ? [] : [`level ${Number(gate.level.toPrecision(2))}`];
}

function formatRange({ type, low, high }: JudgedGate): string {
  const format =
    type === "min" ? (share: number) => (100 * share).toFixed(1) : (share: number) => formatPoints(share);
  return `${format(low)} … ${format(high)}`;
}

function label(outcome: GateOutcome): string {
  return outcome.toUpperCase();
}
