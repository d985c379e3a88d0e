import type { Tombstone } from "./erasure.ts";
import type { PlanNode } from "./plan.ts";
import { nothing, type StepOutcome } from "./step-outcome.ts";
import type { Store } from "./store.ts";

/**
 * What becomes of a step whose output was erased: it does not come back in silence, be it that its sources still hold
 * what was meant. Undefined where nothing of it was erased.
 */
export function refuseErased(
  {
    store,
    frozen,
    rebuy,
  }: { readonly store: Store; readonly frozen: boolean; readonly rebuy: ReadonlySet<string> },
  node: PlanNode,
  key: string,
): StepOutcome | undefined {
  const tombstone = rebuy.has(node.id) ? undefined : store.tombstone(key);
  if (tombstone === undefined) return undefined;
  const failed = { ...nothing(node), status: "failed", key } as const;
  if (frozen) return { ...failed, cause: "frozen", message: `its output was ${formatErased(tombstone)}` };
  return {
    ...failed,
    message: `its output was ${formatErased(tombstone)}`,
    hint: `take what was meant out of its sources, or have it made again all the same: --force ${node.id}`,
  };
}

/** `erased on 2026-11-24: asked for by the customer`. */
export function formatErased({ erased, reason }: Pick<Tombstone, "erased" | "reason">): string {
  return `erased on ${new Date(erased).toISOString().slice(0, 10)}: ${reason}`;
}
