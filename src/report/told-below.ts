import type { Plan } from "../runner/plan.ts";

/** Ids of the steps whose figures the table after a run tells: comparisons with their evaluations, else all evaluations. */
export function toldBelow(plan: Plan): ReadonlySet<string> {
  const comparisons = plan.nodes.filter(({ definition }) => definition.name === "compare");
  if (comparisons.length === 0)
    return new Set(plan.nodes.filter(({ definition }) => definition.name === "evaluate").map(({ id }) => id));
  return new Set(
    comparisons.flatMap((node) => [
      node.id,
      ...[...node.references.values()].flatMap((found) =>
        found.from === "step" && found.kind === "results" ? [found.id] : [],
      ),
    ]),
  );
}
