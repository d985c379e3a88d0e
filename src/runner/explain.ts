import type { ComparedStep } from "./compare-plans.ts";
import { type Cause, findCauses } from "./find-causes.ts";
import { pastStep, type StepForecast } from "./forecast.ts";
import type { Plan } from "./plan.ts";
import { fromPointer } from "./pointer.ts";
import type { JsonObject } from "./row.ts";
import { specName } from "./spec-name.ts";
import type { RunRecord, Store } from "./store.ts";
import type { Trace } from "./trace-keys.ts";

/** Why a step ran, or would run. */
export interface Explanation {
  readonly step: string;
  readonly state:
    | "kept" // its output is in the store, and it was never anything else
    | "ran" // its last run was caused by these changes
    | "would-run"
    | "open" // that depends on what a step before it will give
    | "first"; // it never ran
  readonly causes: readonly Cause[];
  /** Parameters in which nothing changed. */
  readonly unchanged: readonly string[];
  readonly reason: string;
}

/** Explains a step by what the store keeps of its runs: what it is now, and what it was when it was another one. */
export function explainStep(
  plan: Plan,
  store: Store | undefined,
  forecasts: readonly StepForecast[],
  id: string,
): Explanation {
  const step = forecasts.find((one) => one.id === id)!;
  const now: Trace = new Map(forecasts.map((one) => [one.id, one.now]));
  const run = store === undefined ? undefined : lastOther(store.runs(specName(plan.spec)), id, step.now.key);
  const before: Trace = run === undefined ? new Map() : stepsOfRun(store!, run);
  return explainChange({ plan, now, before, step: { ...step, past: before.get(id) } });
}

/** Explains a step by what it was in another trace: the ingredients that differ, and what lies behind them. */
export function explainChange(options: {
  readonly plan: Plan;
  readonly now: Trace;
  readonly before: Trace;
  readonly step: ComparedStep;
}): Explanation {
  const { plan, now, before, step } = options;
  const { id, action, reason, past } = step;
  const node = plan.byId.get(id)!;
  const causes = past === undefined ? [] : findCauses({ plan, now, before, step: node, past, deep: true });
  const changed = new Set(causes.map(({ change }) => fromPointer(change.pointer)[1]));
  const params = Object.keys((step.now.ingredients.params ?? {}) as JsonObject);
  return {
    step: id,
    state: stateOf(action, past !== undefined, causes.length > 0),
    causes,
    unchanged: causes.length === 0 ? [] : params.filter((name) => !changed.has(name)),
    reason,
  };
}

function stateOf(action: ComparedStep["action"], hasPast: boolean, hasCauses: boolean): Explanation["state"] {
  switch (action) {
    case "open":
      return "open";
    case "reuse":
      return hasPast && hasCauses ? "ran" : "kept";
    case "run":
      return hasPast && hasCauses ? "would-run" : "first";
  }
}

/** The newest run in which a step still was another one. */
function lastOther(runs: Iterable<RunRecord>, id: string, key: string): RunRecord | undefined {
  for (const run of runs) {
    const step = run.steps.find((one) => one.id === id);
    if (step?.key != null && step.key !== key && (step.status === "ran" || step.status === "cached"))
      return run;
  }
  return undefined;
}

function stepsOfRun(store: Store, run: RunRecord): Trace {
  return new Map(
    run.steps.flatMap(({ id, key }) => {
      const manifest = key === null ? undefined : store.lookup(key);
      return manifest === undefined ? [] : [[id, pastStep(id, manifest)] as const];
    }),
  );
}
