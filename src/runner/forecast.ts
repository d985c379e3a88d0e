import type { PlanContents } from "./contents.ts";
import { compareIngredients, describeChange } from "./explain-key.ts";
import { ingredientsOf, keyOf } from "./key.ts";
import type { Lock } from "./lock.ts";
import type { Plan, PlanNode } from "./plan.ts";
import type { JsonObject } from "./row.ts";
import { specName } from "./spec-name.ts";
import type { Estimate } from "./step.ts";
import type { Manifest, Store } from "./store.ts";

/** What will become of a step. */
export interface StepForecast {
  readonly id: string;
  /** `reuse`: its output is kept; `run`: it is not; `open`: that depends on what a step before it will give. */
  readonly action: "reuse" | "run" | "open";
  /** Why, in a few words. */
  readonly reason: string;
  readonly key: string | undefined;
  readonly ingredients: JsonObject | undefined;
  readonly manifest: Manifest | undefined;
  /** Answers that it would ask for if none were kept. */
  readonly asks: readonly Estimate[];
}

/** Looks ahead without running anything: which steps are kept, which run, and why. */
export function forecastSteps(options: {
  readonly plan: Plan;
  readonly store: Store | undefined;
  readonly lock: Lock | undefined;
  /** Told of every step that is kept. */
  readonly contents: PlanContents;
  readonly force: ReadonlySet<string>;
  /** Items of a dataset by name, where somebody counted them. */
  readonly datasetItems?: (name: string) => number | undefined;
}): readonly StepForecast[] {
  const { plan, store, lock, contents, force } = options;
  const history = store === undefined ? new Map<string, string>() : lastKeys(store, specName(plan.spec));
  const forecasts = new Map<string, StepForecast>();
  for (const node of plan.nodes) forecasts.set(node.id, forecast(node));
  return [...forecasts.values()];

  function forecast(node: PlanNode): StepForecast {
    const base = {
      id: node.id,
      asks: asksOf(node),
      key: undefined,
      ingredients: undefined,
      manifest: undefined,
    };
    const waits = node.inputs.filter((id) => forecasts.get(id)?.action !== "reuse");
    if (waits.length > 0) return { ...base, action: "open", reason: `${waits.join(", ")} may change` };
    const ingredients = ingredientsOf(plan, node, contents);
    const key = keyOf(ingredients);
    const found = store?.lookup(key);
    if (force.has(node.id)) return { ...base, action: "run", key, ingredients, reason: "forced" };
    if (found !== undefined) {
      contents.done(node.id, found);
      return {
        ...base,
        action: "reuse",
        key,
        ingredients,
        manifest: found,
        reason: "nothing it depends on changed",
      };
    }
    return { ...base, action: "run", key, ingredients, reason: reasonToRun(node, key, ingredients) };
  }

  function reasonToRun(node: PlanNode, key: string, ingredients: JsonObject): string {
    const before = history.get(node.id);
    if (before === key) return "its output is no longer in the store";
    const manifest = before === undefined ? undefined : store?.lookup(before);
    if (manifest !== undefined) {
      const changes = compareIngredients(manifest.ingredients, ingredients);
      const [first] = changes;
      if (first !== undefined)
        return describeChange(first, node) + (changes.length > 1 ? ` (and ${changes.length - 1} more)` : "");
    }
    const locked = [...(lock?.steps.values() ?? [])].some((step) => step.key === key);
    if (locked) return "in the lock, not in this store";
    return "not run before";
  }

  function asksOf(node: PlanNode): readonly Estimate[] {
    return (
      node.definition.estimate?.({
        params: node.params as never,
        items(reference) {
          const found = node.references.get(reference);
          if (found?.from === "dataset") return options.datasetItems?.(found.name);
          if (found?.from !== "step") return undefined;
          return contents.manifest(found.id)?.outputs[found.output]?.items ?? undefined;
        },
      }) ?? []
    );
  }
}

function lastKeys(store: Store, spec: string): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  let seen = 0;
  for (const run of store.runs(spec)) {
    for (const step of run.steps)
      if (step.key !== null && (step.status === "ran" || step.status === "cached") && !keys.has(step.id))
        keys.set(step.id, step.key);
    // A run of one step tells nothing of the others; a long history must not slow every start.
    if (++seen >= 20) break;
  }
  return keys;
}
