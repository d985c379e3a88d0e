import type { PlanNode } from "../runner/plan.ts";

/** What the rows of an evaluation are called: the split, else the step or dataset that they come from. */
export function rowsName(evaluation: PlanNode): string | undefined {
  const text = evaluation.params.rows;
  if (typeof text !== "string") return undefined;
  return text.split(".").at(-1);
}
