import type { Diagnostic } from "./diagnostic.ts";
import type { JsonObject } from "./row.ts";

/** How a step ended. */
export type StepStatus = "ran" | "cached" | "failed" | "skipped" | "incomplete";

/** Everything that a run tells while it goes on; reporters draw it. */
export type RunEvent =
  | {
      readonly type: "run-started";
      readonly spec: string;
      /** Steps in the order of the plan. */
      readonly steps: readonly { readonly id: string; readonly uses: string; readonly cached: boolean }[];
      /** Names of the providers that need a key, for steps that are not cached. */
      readonly keysNeeded: readonly string[];
    }
  | { readonly type: "step-started"; readonly id: string; readonly reason: string }
  | {
      readonly type: "step-progress";
      readonly id: string;
      readonly done: number;
      readonly total: number;
      readonly note?: string;
    }
  | { readonly type: "step-warning"; readonly id: string; readonly message: string }
  | {
      readonly type: "step-finished";
      readonly id: string;
      readonly status: StepStatus;
      /** Seconds that it took; 0 where it was cached or skipped. */
      readonly seconds: number;
      /** The first is told beside the step's name, the others below it. */
      readonly lines: readonly string[];
      /** Why it failed, was skipped or is incomplete, and what to do. */
      readonly message?: string;
      readonly hint?: string;
    }
  | { readonly type: "diagnostic"; readonly diagnostic: Diagnostic }
  | { readonly type: "run-finished"; readonly result: RunResult };

/** One step in the last line of `run --json`. */
export interface StepResult {
  readonly id: string;
  readonly uses: string;
  readonly status: StepStatus;
  readonly seconds: number;
  /** Rows of its main output; null where that has none. */
  readonly rows: number | null;
  /** First-paid cost in US dollars; null: not recorded. */
  readonly cost_usd: number | null;
  readonly metrics: JsonObject;
}

/** The last line of `run --json`. */
export interface RunResult {
  readonly run: string;
  readonly verdict: "pass" | "fail" | "undecided" | null;
  readonly steps: readonly StepResult[];
  /** Money that this run spent, US dollars; null: not recorded of all of it. */
  readonly cost_usd: number | null;
  /** Where `cost_usd` is null: what is recorded, US dollars, so that no less was spent. */
  readonly cost_usd_at_least?: number;
  /** Requests that this run sent to providers that are not free. */
  readonly requests: number;
}
