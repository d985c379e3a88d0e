import type { PlanContents } from "./contents.ts";
import type { LockedStep } from "./lock.ts";
import type { Plan, PlanNode } from "./plan.ts";
import type { JsonObject } from "./row.ts";
import type { Manifest } from "./store.ts";

/**
 * What a step that looks at the world must find again: what the lock says it found, else what this store says.
 * Undefined where it looks afresh.
 */
export function pinOf(
  node: PlanNode,
  locked: LockedStep | undefined,
  kept: Manifest | undefined,
): JsonObject | undefined {
  return node.definition.pinned === true ? (locked?.facts ?? kept?.summary.facts) : undefined;
}

/**
 * True where a step that looks at the world found something else here than the lock names. Its key is of what it
 * asks and not of what there is, so that both stand under one key; what was committed is what counts.
 */
export function isOtherPin(
  node: PlanNode,
  locked: LockedStep | undefined,
  kept: Manifest | undefined,
): boolean {
  if (node.definition.pinned !== true || locked === undefined || kept === undefined) return false;
  return Object.entries(locked.outputs).some(([name, digest]) => kept.outputs[name]?.digest !== digest);
}

/** sha256 of what every step that looks at the world found, by the step's name: a source like any file. */
export function pinnedSources(plan: Plan, contents: PlanContents): { readonly [step: string]: string } {
  return Object.fromEntries(
    plan.nodes.flatMap((node) => {
      if (node.definition.pinned !== true) return [];
      const main = Object.entries(node.outputs).find(([, output]) => output.main === true);
      const found = main === undefined ? undefined : contents.manifest(node.id)?.outputs[main[0]];
      return found === undefined ? [] : [[node.id, found.digest] as const];
    }),
  );
}
