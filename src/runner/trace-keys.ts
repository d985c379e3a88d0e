import type { PlanContents } from "./contents.ts";
import { type Contents, digestJson, ingredientsOf, keyOf } from "./key.ts";
import type { LockedStep } from "./lock.ts";
import type { Plan, PlanNode } from "./plan.ts";
import type { JsonObject } from "./row.ts";
import type { Manifest } from "./store.ts";

/** A step with its key, as far as that can be known without running anything. */
export interface TracedStep {
  readonly id: string;
  /** The step in its plan; undefined where only its manifest is known. */
  readonly node: PlanNode | undefined;
  readonly ingredients: JsonObject;
  readonly key: string;
  /**
   * False where a step before it has no known output. What such a step gives then stands in the ingredients by its own
   * key, so that equal steps still have equal keys.
   */
  readonly settled: boolean;
  /** What it gave under this key; undefined where nobody knows. */
  readonly manifest: Manifest | undefined;
}

/** Steps by id. */
export type Trace = ReadonlyMap<string, TracedStep>;

/** Follows contents through a plan: `known` gives what a step with this key gave, and `contents` is told of it. */
export function traceKeys(
  plan: Plan,
  contents: PlanContents,
  known: (key: string, node: PlanNode) => Manifest | undefined,
): Trace {
  const steps = new Map<string, TracedStep>();
  for (const node of plan.nodes) {
    const settled = [...node.references.values()].every(
      (one) => one.from !== "step" || steps.get(one.id)?.manifest?.outputs[one.output] !== undefined,
    );
    const ingredients = ingredientsOf(plan, node, settled ? contents : openContents(contents, steps));
    const key = keyOf(ingredients);
    const manifest = settled ? known(key, node) : undefined;
    if (manifest !== undefined) contents.done(node.id, manifest);
    steps.set(node.id, { id: node.id, node, ingredients, key, settled, manifest });
  }
  return steps;
}

/** What a lock says of a step, as a manifest: outputs and rows alone. */
export function manifestOfLocked(locked: LockedStep, node: PlanNode): Manifest {
  const outputs = Object.entries(locked.outputs).map(([name, digest]) => {
    const rows = locked.rows?.[name] ?? null;
    return [name, { kind: node.outputs[name]?.kind ?? "file", digest, bytes: 0, rows, items: null }] as const;
  });
  return {
    key: locked.key,
    step: node.definition.name,
    version: node.definition.version,
    ingredients: {},
    outputs: Object.fromEntries(outputs),
    summary: { facts: locked.facts ?? {} },
    seconds: 0,
    requests: 0,
    cost_usd: locked.first_paid_usd ?? null,
    ...(locked.prices_as_of === undefined ? {} : { prices_as_of: locked.prices_as_of }),
    tokens: null,
    resolved_models: {},
  };
}

function openContents(contents: PlanContents, steps: Trace): Contents {
  return {
    file: contents.file,
    output: (step, output) => {
      const { key, manifest } = steps.get(step)!;
      return manifest?.outputs[output]?.digest ?? digestJson({ key, output });
    },
    // Which look it will be is counted when there are results to look at.
    look: () => 1,
  };
}
