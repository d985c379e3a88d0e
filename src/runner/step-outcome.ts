import type { StepStatus } from "./event.ts";
import type { PlanNode } from "./plan.ts";
import type { Manifest } from "./store.ts";

/** How one step of a run ended. */
export interface StepOutcome {
  readonly id: string;
  readonly status: StepStatus;
  readonly key: string | undefined;
  readonly manifest: Manifest | undefined;
  readonly seconds: number;
  /** Requests that this run sent for it. */
  readonly requests: number;
  readonly message: string | undefined;
  readonly hint: string | undefined;
  /** Why the run as a whole cannot go on as it was meant, where it is more than a failed step. */
  readonly cause: "frozen" | "spending" | "sampled" | "interrupted" | "fault" | undefined;
  /** With `fault`: the error, whose stack is shown. */
  readonly error: unknown;
}

/** An outcome in which nothing has happened yet. */
export function nothing(node: PlanNode): StepOutcome {
  return {
    id: node.id,
    status: "skipped",
    key: undefined,
    manifest: undefined,
    seconds: 0,
    requests: 0,
    message: undefined,
    hint: undefined,
    cause: undefined,
    error: undefined,
  };
}
