import { asStored, contractOf } from "./as-stored.ts";
import type { Plan, PlanNode } from "./plan.ts";
import type { JsonObject } from "./row.ts";
import { rowsMaker } from "./rows-maker.ts";
import { isObject } from "./spec.ts";

/**
 * What the plan knows of the requests that a step's rows were answered to: tools and format of the step that asked
 * them. Rows of stored completions bring theirs along, and nothing is known here.
 */
export function storedRequest(plan: Plan, node: PlanNode): JsonObject {
  const maker = rowsMaker(plan.byId, node);
  if (maker === undefined) return {};
  const prompt = maker.fields.find(({ keyword, argument }) => keyword === "names" && argument === "prompt");
  if (prompt === undefined || prompt.text === asStored) return storedRequest(plan, maker);
  const { request } = maker.params;
  return contractOf({
    ...plan.spec.prompts.get(prompt.text)?.request,
    ...(isObject(request) ? request : {}),
  });
}
