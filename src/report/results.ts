import type { RunResult } from "../runner/event.ts";
import type { CascadeFacts } from "../steps/cascade.ts";
import type { DifferenceFacts, ModelComparison } from "../steps/compare-models.ts";
import type { GateOutcome, JudgedTestedGate } from "../steps/judge-gate.ts";
import type { GraderFacts } from "../steps/summarize-results.ts";

/** Everything that a run found, with names instead of digests: what table, report and diff are drawn from. */
export interface Results {
  /** The spec's own name. */
  readonly name: string;
  /** What the pipeline is for, in its author's words; undefined where the spec says nothing. */
  readonly description: string | undefined;
  readonly verdict: RunResult["verdict"];
  /** What the comparisons say, one for each grader; where a spec compares nothing, what its evaluations say. */
  readonly exams: readonly Exam[];
  readonly looks: readonly TestLooks[];
  readonly selections: readonly Selection[];
  readonly cascades: readonly CascadeResults[];
  /** In the order of the plan. */
  readonly steps: readonly StepRecord[];
  readonly sources: readonly Source[];
  readonly answerers: readonly Answerer[];
}

/** Models under one grader on the same items. */
export interface Exam {
  /** The step that compared or, where none did, evaluated. */
  readonly step: string;
  /** The evaluations that it stands on, and itself. */
  readonly from: readonly string[];
  readonly grader: string;
  readonly items: number;
  /** What the items are called: the split or dataset, such as `test`; undefined where several were joined. */
  readonly rows: string | undefined;
  readonly confidence: number;
  /** Whose answers the grader takes for right, such as `teacher`; undefined where it judges by something else. */
  readonly agreesWith?: string;
  readonly teacher: string | undefined;
  readonly base: string | undefined;
  readonly candidate: string | undefined;
  readonly models: readonly ExamModel[];
  /** Of this grader, in the order of the spec. */
  readonly gates: readonly Gate[];
  /** Number of groups that intervals and tests resample whole; undefined where items stand for themselves. */
  readonly grouped: number | undefined;
  /** Rates in parts of the items, by every slice that the evaluation declares. */
  readonly slices: readonly Slice[];
  /** Share of the teacher–base gap that the candidate closes; a bound is null where there is none. */
  readonly gapClosed:
    | { readonly share: number; readonly low: number | null; readonly high: number | null }
    | undefined;
}

/** A way of parting the items of an exam, and every model's rate in each part. */
export interface Slice {
  readonly name: string;
  readonly values: readonly {
    readonly value: string;
    readonly items: number;
    readonly models: readonly {
      readonly name: string;
      readonly rate: number;
      readonly low: number;
      readonly high: number;
    }[];
  }[];
}

/** How often results on some test rows were seen before they decided. */
export interface TestLooks {
  /** What the rows are called, such as `test`. */
  readonly rows: string;
  readonly times: number;
  /** The lowest level that a gate is judged at for that; undefined where no gate has a test. */
  readonly level: number | undefined;
}

/** A gate and what came of it. */
export interface Gate {
  readonly outcome: GateOutcome;
  /** The sentence without the outcome, such as `routed is not worse than teacher by more than 3 points (−0.7, p = 0.002)`. */
  readonly text: string;
  /** For not_worse_than on all items: the loss that is too much (0..1), against that model. */
  readonly margin?: number;
  readonly other?: string;
  /** Where it was decided by a test. */
  readonly test?: GateTest;
}

/** How a gate was tested. */
export interface GateTest {
  /** What is claimed, such as `student is better than before`. */
  readonly claim: string;
  readonly method: JudgedTestedGate["method"];
  readonly p: number;
  /** What p was held against. */
  readonly level: number;
  /** The difference that it would have found four times in five, in words; undefined where that is not known. */
  readonly detectable: string | undefined;
}

/** One model in an exam. */
export interface ExamModel extends Pick<ModelComparison, "rate" | "low" | "high"> {
  readonly name: string;
  readonly toTeacher: DifferenceFacts | undefined;
  readonly toBase: DifferenceFacts | undefined;
  /** In a cascade: how many answers its first model gave, and who the two are. */
  readonly cascade:
    | { readonly first: string; readonly fallback: string; readonly served: number; readonly answers: number }
    | undefined;
  readonly cost: Cost;
  /** Median milliseconds an answer took at this run; undefined where not every answer was measured. */
  readonly p50Ms: number | undefined;
  /** Recorded milliseconds an answer; undefined where not every answer has one recorded. */
  readonly latency: { readonly p50: number; readonly p95: number } | undefined;
  /** Answers that ended by length, and all of them. */
  readonly truncated: { readonly answers: number; readonly of: number };
  /** Answers of which there could be no judgement. */
  readonly invalid: number;
  /** Where answers are labels. */
  readonly labels: Required<Pick<GraderFacts, "confusion" | "macro_f1">> | undefined;
}

/** What asking a model costs. */
export type Cost =
  /** It answers on this machine. */
  | { readonly type: "nothing" }
  | { readonly type: "not recorded" }
  /** Somebody sent a bill, and this evaluation keeps none of what answers took: it lacks `usage: true`. */
  | { readonly type: "not in the evidence"; readonly step: string }
  /** US dollars for 1,000 answers. */
  | { readonly type: "recorded"; readonly usd: number }
  /** That share (0..1) of what another model costs, which is not recorded. */
  | { readonly type: "share"; readonly share: number; readonly of: string };

/** What a filter step kept and dropped. */
export interface Selection {
  readonly step: string;
  readonly rows: number;
  readonly kept: number;
  /** Items of the rows kept. */
  readonly items: number;
  readonly rules: readonly { readonly name: string; readonly dropped: number; readonly errors: number }[];
}

/** How a cascade's threshold was chosen. */
export interface CascadeResults {
  readonly step: string;
  readonly first: string;
  readonly fallback: string;
  /** What the validation rows are called. */
  readonly rows: string | undefined;
  readonly risk: {
    readonly of: "loss_to_teacher" | "served_failure";
    readonly max: number;
    readonly confidence: number;
  };
  readonly threshold: number | null;
  readonly items: number;
  readonly kept: number;
  readonly losses: number;
  /** The upper bound (0..1) of the loss at the threshold; null where there is none. */
  readonly bound: number | null;
  /** What it passes for what it sends to its fallback, on the validation rows; null where the fallback is not better. */
  readonly quality: CascadeQuality | null;
  readonly curve: readonly {
    readonly threshold: number;
    readonly kept: number;
    readonly losses: number;
    readonly p: number;
  }[];
}

/** Quality against calls to the fallback; shares and rates 0..1. */
export type CascadeQuality = NonNullable<CascadeFacts["quality"]>;

/** What a step did. */
export interface StepRecord {
  readonly id: string;
  readonly uses: string;
  /** What came of it, in one line; undefined where it was not done. */
  readonly told: string | undefined;
  /** sha256, hex. */
  readonly key: string | undefined;
  /** What its answers cost when they were first bought; left out where it asks nobody who sends a bill. */
  readonly paid?: {
    /** US dollars; undefined where that is not recorded. */
    readonly usd: number | undefined;
    /** Days of the price lists that this comes from. */
    readonly pricesAsOf: readonly string[];
  };
}

/** A dataset. */
export interface Source {
  readonly name: string;
  /** As the spec writes it. */
  readonly path: string;
  /** sha256, hex. */
  readonly digest: string;
}

/** A model that a provider serves. */
export interface Answerer {
  readonly name: string;
  /** The type of its provider. */
  readonly provider: string;
  /** The provider's name of it. */
  readonly model: string;
  /** What the provider resolved that to; empty where it told nothing. */
  readonly resolved: readonly string[];
}
