import type { GateOutcome } from "../../steps/judge-gate.ts";
import type { Freshness } from "./state.ts";

/** What changed from one state to another; everything says changed, equal, or not compared and why. */
export interface Difference {
  readonly name: string;
  readonly before: Side;
  readonly after: Side;
  /** Changes of the spec in meaning. */
  readonly spec: readonly SpecChange[];
  /** Rows that moved, step by step; only steps in which something did. */
  readonly rows: readonly RowsChange[];
  readonly rules: readonly {
    readonly step: string;
    readonly rule: string;
    readonly before: number | null;
    readonly after: number | null;
  }[];
  readonly exams: readonly ExamChange[];
  /** Steps with the same key and another output: bought or trained anew. */
  readonly resampled: readonly string[];
  /** Everything that was looked at, in one list. */
  readonly compared: readonly Compared[];
}

/** One side of it. */
export interface Side {
  readonly label: string;
  readonly verdict: GateOutcome | null;
  readonly freshness: Freshness;
}

/** One change of the spec. */
export interface SpecChange {
  readonly step: string;
  /** `rule sure: … >= 0.6 → … >= 0.7`. */
  readonly text: string;
  /** Where it stands after the change. */
  readonly line: number | undefined;
}

/** Rows of a step before and after, told apart by their salted ids. */
export interface RowsChange {
  /** `select.kept`, `split.test`. */
  readonly rows: string;
  readonly before: number;
  readonly after: number;
  readonly added: number;
  readonly removed: number;
  /** Same id, another content or answer. */
  readonly changed: number;
  /** Rows that were in another part of the same step before. */
  readonly moved: number;
}

/** One grader on one set of rows. */
export interface ExamChange {
  readonly step: string;
  readonly grader: string;
  readonly rows: string | undefined;
  readonly items: { readonly before: number | null; readonly after: number; readonly shared: number };
  readonly models: readonly ModelChange[];
}

/** One model before and after. */
export interface ModelChange {
  readonly model: string;
  readonly before: number | null;
  readonly after: number | null;
  readonly kept: { readonly before: number | null; readonly after: number | null } | undefined;
  readonly cost: { readonly before: string; readonly after: string } | undefined;
  readonly change:
    | { readonly type: "same answers" }
    | {
        readonly type: "compared";
        readonly items: number;
        /** On the shared items, after minus before. */
        readonly difference: number;
        readonly low: number;
        readonly high: number;
        readonly p: number;
        /** Items from wrong to right, and from right to wrong. */
        readonly toRight: number;
        readonly toWrong: number;
      }
    | { readonly type: "not comparable"; readonly why: string };
}

/** One thing and what became of it. */
export interface Compared {
  readonly what: string;
  readonly outcome: "changed" | "equal" | "not compared";
  readonly why: string;
}
