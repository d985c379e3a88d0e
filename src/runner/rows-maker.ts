import type { PlanNode } from "./plan-node.ts";

/** The step that a step has its `rows` from; undefined where they are a dataset's, or nobody's. */
export function rowsMaker<Node extends Pick<PlanNode, "params" | "references">>(
  byId: ReadonlyMap<string, Node>,
  { params, references }: Node,
): Node | undefined {
  const found = typeof params.rows === "string" ? references.get(params.rows) : undefined;
  return found?.from === "step" ? byId.get(found.id) : undefined;
}
