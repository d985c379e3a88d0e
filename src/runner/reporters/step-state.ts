import type { RunEvent, StepStatus } from "../event.ts";

/** What is known of a step while a run goes on. */
export interface StepState {
  readonly id: string;
  readonly phase: "waiting" | "running" | StepStatus;
  /** When it started, in the reporter's own milliseconds. */
  readonly startedMs: number;
  readonly progress?: { readonly done: number; readonly total: number; readonly note?: string };
  readonly warnings: readonly string[];
  readonly seconds: number;
  readonly lines: readonly string[];
  readonly message?: string;
  readonly hint?: string;
}

/** A step of which nothing was told yet. */
export function waitingStep(id: string): StepState {
  return { id, phase: "waiting", startedMs: 0, warnings: [], seconds: 0, lines: [] };
}

/** An event that is about one step. */
export type StepEvent = Extract<RunEvent, { readonly id: string }>;

/** What a step becomes by an event about it. */
export function nextState(state: StepState, event: StepEvent, nowMs: number): StepState {
  switch (event.type) {
    case "step-started":
      return { ...waitingStep(state.id), phase: "running", startedMs: nowMs };
    case "step-progress": {
      const { done, total, note } = event;
      return { ...state, progress: { done, total, ...(note !== undefined && { note }) } };
    }
    case "step-warning":
      return { ...state, warnings: [...state.warnings, event.message] };
    case "step-finished": {
      const { status, seconds, lines, message, hint } = event;
      const told = { ...(message !== undefined && { message }), ...(hint !== undefined && { hint }) };
      return { ...state, phase: status, seconds, lines, ...told };
    }
  }
}
