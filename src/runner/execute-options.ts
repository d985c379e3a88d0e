import type { PlanContents } from "./contents.ts";
import type { RunEvent } from "./event.ts";
import type { Lock } from "./lock.ts";
import type { LookBook } from "./looks.ts";
import type { Budget } from "./money/budget.ts";
import type { Plan } from "./plan.ts";
import type { Store } from "./store.ts";
import type { World } from "./world.ts";

/** What a run may and must do. */
export interface ExecuteOptions {
  readonly plan: Plan;
  readonly store: Store;
  readonly contents: PlanContents;
  readonly lock: Lock | undefined;
  /** Keys of steps that a lock, even a stale one, says were carried out: what they bought is not bought again. */
  readonly bought: ReadonlySet<string>;
  readonly looks: LookBook;
  readonly world: World;
  readonly onEvent: (event: RunEvent) => void;
  /** Stops asking for more; what is under way is finished and kept. */
  readonly signal: AbortSignal;
  /** Ends what is under way too. */
  readonly hardSignal: AbortSignal;
  /** Steps that run although their output is kept. */
  readonly force: ReadonlySet<string>;
  /** Steps that may buy again what the lock says was bought. */
  readonly rebuy: ReadonlySet<string>;
  /** Steps that look at the world afresh, whatever they found before. */
  readonly refresh?: ReadonlySet<string>;
  /** Execute nothing: everything must be kept, and be what the lock says. */
  readonly frozen: boolean;
  readonly budget: Budget;
  /** Steps that ask models ask only so many questions each, and are not done by that. */
  readonly sample?: number | undefined;
  /** Only these steps; all where undefined. */
  readonly only?: ReadonlySet<string>;
}
