import { holmReject } from "../stats/holm.ts";
import {
  estimateDifference,
  type Pair,
  type PairTest,
  pairModels,
  type TestMethod,
  testBetter,
  testNotWorse,
} from "./compare-pair.ts";
import { type Estimate, estimateMean, estimateShare } from "./estimate-share.ts";
import { itemsForRate, type Prospect, tellProspect } from "./items-to-decide.ts";
import { judgeLimit, type Limit, type LimitMethod } from "./judge-limit.ts";
import type { Outcomes, SliceValue } from "./outcomes.ts";

/** What came of a gate, and of all of them. */
export type GateOutcome = "pass" | "fail" | "undecided";

interface GateCommon {
  /** Digest. */
  readonly model: string;
  /** Confidence of the interval. */
  readonly confidence: number;
  /** The items that it is judged on; all of them where it is left out. */
  readonly slice?: SliceValue;
}

interface JudgedByGrader extends GateCommon {
  /** Digest. */
  readonly grader: string;
  readonly of: "passes" | "scores";
}

/** A gate on a pass rate or mean score. */
export interface MinGate extends JudgedByGrader {
  readonly type: "min";
  readonly min: number;
}

/** A gate that is a test against another model. */
export interface TestedGate extends JudgedByGrader {
  readonly type: "better_than" | "not_worse_than";
  /** Digest. */
  readonly other: string;
  /** For not_worse_than, in the unit of what is compared. */
  readonly margin?: number;
  readonly alpha: number;
  /** What is left of alpha at this look. */
  readonly spent: number;
}

/** A gate on what answers take. */
export interface LimitGate extends GateCommon, Limit {}

/** A gate whose names were replaced by digests. */
export type ResolvedGate = MinGate | TestedGate | LimitGate;

/** What came of any gate; an end of the interval is null where it has no bound, the value where nothing is known. */
interface Judgement {
  readonly outcome: GateOutcome;
  readonly items: number;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** A pass rate or mean score that was judged. */
export interface JudgedMinGate extends MinGate, Judgement {
  readonly value: number;
  readonly method: "wilson" | "bootstrap";
  /** Where it is undecided: as a tested gate's. */
  readonly needs?: number | null;
}

/** A difference that was judged. */
export interface JudgedTestedGate extends TestedGate, Judgement {
  readonly value: number;
  readonly method: TestMethod;
  readonly p: number;
  /** What p was held against: the gate's alpha at this look, as Holm's procedure leaves it among the step's tests. */
  readonly level: number;
  /** The how-many-eth look at the test rows. */
  readonly look: number;
  /** How many tests share the level. */
  readonly tests: number;
  /** None for an e-process, which has no number of items. */
  readonly detectable?: number | null;
  /** Where it is undecided. */
  readonly needs?: number | null;
}

/** A limit that was judged. */
export interface JudgedLimitGate extends LimitGate, Judgement {
  readonly method: LimitMethod;
  readonly answers: number;
  /** Answers of which it is known. */
  readonly recorded: number;
}

/** A gate with what came of it. */
export type JudgedGate = JudgedMinGate | JudgedTestedGate | JudgedLimitGate;

/** How the gates of a step are judged together. */
export interface JudgeOptions {
  readonly look: number;
  readonly looks: "alpha_spending" | "e_process";
  readonly multiplicity: "holm" | "none";
}

/** Decides the gates of a step: pass and fail are both claims that the data must bear; all else is undecided. */
export function judgeGates(
  outcomes: Outcomes,
  gates: readonly ResolvedGate[],
  options: JudgeOptions,
): readonly JudgedGate[] {
  const measured = gates.map((gate) => measureGate(outcomes, gate, options));
  const tested = measured.filter((one) => one.type === "test");
  const levels = shareLevels(tested, options.multiplicity);
  let next = 0;
  return measured.map((one) =>
    one.type === "judged"
      ? one.gate
      : decideTest(one, { level: levels[next++]!, tests: tested.length, options }),
  );
}

/** The verdict of several gates: fail if any fails, else undecided if any is, else pass. */
export function joinVerdicts(outcomes: readonly GateOutcome[]): GateOutcome {
  if (outcomes.includes("fail")) return "fail";
  return outcomes.includes("undecided") ? "undecided" : "pass";
}

/** A test that waits for the others, since they share their level. */
interface MeasuredTest {
  readonly type: "test";
  readonly gate: TestedGate;
  readonly pair: Pair;
  readonly estimate: Estimate;
  readonly test: PairTest;
}

function measureGate(
  all: Outcomes,
  gate: ResolvedGate,
  { looks }: JudgeOptions,
): MeasuredTest | { readonly type: "judged"; readonly gate: JudgedGate } {
  const outcomes = gate.slice === undefined ? all : all.within(gate.slice);
  const items = outcomes.items.length;
  switch (gate.type) {
    case "min":
      return { type: "judged", gate: judgeMin(outcomes, gate) };
    case "better_than":
    case "not_worse_than": {
      const pair = pairModels(outcomes, gate);
      const method = looks === "e_process" ? "e_process" : "fixed";
      const test =
        gate.margin === undefined
          ? testBetter(pair, method)
          : testNotWorse(pair, { margin: gate.margin, method });
      return { type: "test", gate, pair, estimate: estimateDifference(pair, gate.confidence), test };
    }
    case "max_cost_usd":
    case "max_latency_ms":
    case "max_truncated":
      return { type: "judged", gate: { ...gate, items, ...judgeLimit(outcomes, gate) } };
  }
}

function judgeMin(outcomes: Outcomes, gate: MinGate): JudgedMinGate {
  const { grader, model, min, confidence, of } = gate;
  const { groups } = outcomes;
  const items = outcomes.items.length;
  const estimate =
    of === "passes"
      ? estimateShare(outcomes.passes(grader, model), { confidence, groups })
      : estimateMean(outcomes.scores(grader, model), { confidence, groups });
  const { value, low, high } = estimate;
  const outcome = decide(low !== null && low >= min, high !== null && high < min);
  const plain = of === "passes" && groups === undefined;
  return {
    ...gate,
    outcome,
    items,
    ...estimate,
    method: plain ? "wilson" : "bootstrap",
    ...(outcome === "undecided" && plain && { needs: itemsForRate(value, { min, confidence }) }),
  };
}

/**
 * The level that each test is held against. Holm's procedure: the test with the i-th smallest p for its level, of m,
 * gets level / (m − i + 1), and from the first that does not reject on none gets more.
 */
function shareLevels(
  tested: readonly MeasuredTest[],
  multiplicity: JudgeOptions["multiplicity"],
): readonly number[] {
  const entries = tested.map(({ gate, test }) => ({ p: test.p, alpha: gate.spent }));
  if (multiplicity === "none") return entries.map(({ alpha }) => alpha);
  const rejected = holmReject(entries).filter(Boolean).length;
  const order = [...entries.keys()].sort(
    (i, j) => entries[i]!.p / entries[i]!.alpha - entries[j]!.p / entries[j]!.alpha,
  );
  return entries.map(({ alpha }, at) => alpha / (entries.length - Math.min(order.indexOf(at), rejected)));
}

function decideTest(
  { gate, pair, estimate, test }: MeasuredTest,
  shared: { readonly level: number; readonly tests: number; readonly options: JudgeOptions },
): JudgedTestedGate {
  const { level, tests, options } = shared;
  const { p, opposite, method } = test;
  const { margin, spent, confidence } = gate;
  const fails =
    margin === undefined
      ? opposite !== undefined && opposite <= spent
      : estimate.high !== null && estimate.high < -margin;
  const outcome = decide(p <= level, fails);
  const prospect: Partial<Prospect> =
    options.looks === "e_process" ? {} : tellProspect(pair, { level, margin, estimate, confidence });
  const { detectable, needs } = prospect;
  return {
    ...gate,
    outcome,
    items: pair.a.length,
    ...estimate,
    method,
    p,
    level,
    look: options.look,
    tests: options.multiplicity === "holm" ? tests : 1,
    ...(detectable !== undefined && { detectable }),
    ...(outcome === "undecided" && needs !== undefined && { needs }),
  };
}

function decide(passes: boolean, fails: boolean): GateOutcome {
  if (passes) return "pass";
  return fails ? "fail" : "undecided";
}
