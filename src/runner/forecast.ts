import { type ComparedStep, comparePlans } from "./compare-plans.ts";
import type { PlanContents } from "./contents.ts";
import { formatErased } from "./erased-step.ts";
import { type Asks, estimateAsks } from "./estimate-asks.ts";
import type { Lock } from "./lock.ts";
import { isOtherPin } from "./pins.ts";
import type { Plan, PlanNode } from "./plan.ts";
import type { JsonObject } from "./row.ts";
import { specName } from "./spec-name.ts";
import type { Manifest, Store } from "./store.ts";
import { type Trace, type TracedStep, traceKeys } from "./trace-keys.ts";

/** What will become of a step, by what the store keeps. */
export interface StepForecast extends ComparedStep {
  /** Undefined where it depends on what a step before it will give, as are the ingredients. */
  readonly key: string | undefined;
  readonly ingredients: JsonObject | undefined;
  readonly manifest: Manifest | undefined;
  /** Answers that it would ask for if none were kept. */
  readonly asks: readonly Asks[];
  /** True where its output was erased, so that a run refuses it. */
  readonly erased: boolean;
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
  const { plan, store, lock, contents, force, datasetItems } = options;
  const lockedByKey = new Map([...(lock?.steps.values() ?? [])].map((step) => [step.key, step]));
  const isOther = (key: string, node: PlanNode | undefined) =>
    node !== undefined && isOtherPin(node, lockedByKey.get(key), store?.lookup(key));
  const now = traceKeys(plan, contents, (key, node) =>
    force.has(node.id) || isOther(key, node) ? undefined : store?.lookup(key),
  );
  const history = store === undefined ? new Map<string, string>() : lastKeys(store, specName(plan.spec));
  const steps = comparePlans({
    plan,
    now,
    before: pastSteps({ store, history, now }),
    isKept: ({ manifest }) => manifest !== undefined,
    otherReason({ id, key, node, settled }) {
      if (!settled) return undefined;
      if (force.has(id)) return "forced";
      if (isOther(key, node)) return "the lock names other rows than it found here";
      if (history.get(id) === key) return "its output is no longer in the store";
      return lockedByKey.has(key) ? "in the lock, not in this store" : "not run before";
    },
  });
  return steps.map((step) => {
    const { settled, key, ingredients, manifest } = step.now;
    const isForced = force.has(step.id) && settled;
    const tombstone = settled && step.action !== "reuse" && !isForced ? store?.tombstone(key) : undefined;
    return {
      ...step,
      ...(isForced ? { action: "run" as const, reason: "forced" } : {}),
      ...(tombstone && { reason: `${formatErased(tombstone)}; --force ${step.id} makes it again` }),
      key: settled ? key : undefined,
      ingredients: settled ? ingredients : undefined,
      manifest,
      asks: tombstone ? [] : estimateAsks({ plan, now, step, datasetItems }),
      erased: tombstone !== undefined,
    };
  });
}

/** The steps as they were when they last ran, where the store still knows what they ran on. */
function pastSteps(options: {
  readonly store: Store | undefined;
  readonly history: ReadonlyMap<string, string>;
  readonly now: Trace;
}): Trace {
  const { store, history, now } = options;
  return new Map(
    [...history].flatMap(([id, key]) => {
      const current = now.get(id);
      if (current?.key === key) return current.manifest === undefined ? [] : [[id, current] as const];
      const manifest = store?.lookup(key);
      return manifest === undefined ? [] : [[id, pastStep(id, manifest)] as const];
    }),
  );
}

/** A step as its manifest tells it. */
export function pastStep(id: string, manifest: Manifest): TracedStep {
  const { key, ingredients } = manifest;
  return { id, node: undefined, ingredients, key, settled: true, manifest };
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
