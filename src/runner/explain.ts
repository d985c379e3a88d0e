import { type Change, compareIngredients, describeChange } from "./explain-key.ts";
import type { StepForecast } from "./forecast.ts";
import type { Plan, PlanNode } from "./plan.ts";
import type { JsonObject } from "./row.ts";
import { specName } from "./spec-name.ts";
import type { RunRecord, Store } from "./store.ts";

/** One reason for a step to run, with the reasons behind it. */
export interface Cause {
  readonly step: string;
  readonly change: Change;
  /** The change in words. */
  readonly text: string;
  /** Pointer in the spec of what changed; undefined where a content did. */
  readonly pointer: string | undefined;
  /** Why the content changed, where a step gave it. */
  readonly because: readonly Cause[];
}

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

/** Explains a step: its ingredients now and before, the ones that made the difference, and what lies behind them. */
export function explainStep(
  plan: Plan,
  store: Store | undefined,
  forecasts: readonly StepForecast[],
  id: string,
): Explanation {
  const node = plan.byId.get(id)!;
  const forecast = forecasts.find((one) => one.id === id)!;
  const runs = store === undefined ? [] : [...store.runs(specName(plan.spec))];
  const now = forecast.ingredients;
  const bare = { step: id, causes: [], unchanged: [], reason: forecast.reason };
  if (forecast.action === "open" || now === undefined) {
    const causes = node.inputs
      .flatMap((input) => explainStep(plan, store, forecasts, input))
      .filter((one) => one.state === "would-run");
    return { ...bare, state: "open", causes: causes.flatMap((one) => one.causes) };
  }
  const before = previousKey(runs, id, forecast.key);
  const old = before === undefined ? undefined : store?.lookup(before.key)?.ingredients;
  if (old === undefined) return { ...bare, state: forecast.action === "reuse" ? "kept" : "first" };
  const causes = causesOf({ plan, store: store!, forecasts, run: before!.run }, node, old, now, 0);
  const changed = new Set(causes.map((cause) => cause.change.pointer.split("/")[2]));
  const params = Object.keys((now.params ?? {}) as JsonObject);
  return {
    step: id,
    state: forecast.action === "reuse" ? "ran" : "would-run",
    causes,
    unchanged: params.filter((name) => !changed.has(name)),
    reason: forecast.reason,
  };
}

interface Past {
  readonly plan: Plan;
  readonly store: Store;
  readonly forecasts: readonly StepForecast[];
  /** The run in which the step still had its old key. */
  readonly run: RunRecord;
}

function causesOf(
  past: Past,
  node: PlanNode,
  old: JsonObject,
  now: JsonObject,
  depth: number,
): readonly Cause[] {
  return compareIngredients(old, now).map((change) => {
    const field = node.fields.find(
      (one) => one.keyword === "artifact" && `${change.pointer}/`.startsWith(`/params${one.pointer}/`),
    );
    const reference = field && node.references.get(field.text);
    const behind = reference?.from === "step" && depth < 20 ? past.plan.byId.get(reference.id) : undefined;
    return {
      step: node.id,
      change,
      text: describeChange(change, node),
      pointer:
        change.pointer.startsWith("/params/") && reference === undefined
          ? `/steps/${node.id}${change.pointer.slice("/params".length)}`
          : undefined,
      because: behind === undefined ? [] : behindOf(past, behind, depth),
    };
  });
}

function behindOf(past: Past, node: PlanNode, depth: number): readonly Cause[] {
  const key = past.run.steps.find((step) => step.id === node.id)?.key;
  const old = key == null ? undefined : past.store.lookup(key)?.ingredients;
  const now = past.forecasts.find((one) => one.id === node.id)?.ingredients;
  return old === undefined || now === undefined ? [] : causesOf(past, node, old, now, depth + 1);
}

function previousKey(
  runs: readonly RunRecord[],
  id: string,
  key: string | undefined,
): { key: string; run: RunRecord } | undefined {
  for (const run of runs) {
    const step = run.steps.find((one) => one.id === id);
    if (step?.key != null && step.key !== key && (step.status === "ran" || step.status === "cached"))
      return { key: step.key, run };
  }
  return undefined;
}
