import { collectFields } from "./fields.ts";
import type { PlanNode } from "./plan-node.ts";
import type { Registry } from "./registry.ts";
import { rowsMaker } from "./rows-maker.ts";
import type { Schema } from "./schema.ts";
import type { Spec } from "./spec.ts";
import type { ReferenceSource } from "./step.ts";
import { compileText, type TextKind } from "./texts.ts";

type Node = Omit<PlanNode, "metadataRead">;

/** Whose answers a grader takes for right over the rows of a step; undefined where it judges by something else. */
export function agreementSource(
  plan: {
    readonly spec: Spec;
    readonly registry: Registry;
    readonly byId: ReadonlyMap<string, Node>;
  },
  node: Node,
  grader: string,
): ReferenceSource | undefined {
  if (!readsReference(plan.spec, plan.registry, grader)) return undefined;
  const seen = new Set<Node>();
  for (let maker = rowsMaker(plan.byId, node); maker !== undefined && !seen.has(maker); ) {
    seen.add(maker);
    if (maker.definition.pinned === true)
      return { from: "stored", model: maker.params.model as string | undefined };
    const asked = maker.fields.find(
      ({ keyword, argument }) => keyword === "artifact" && argument === "model",
    );
    if (asked !== undefined) return { from: "model", name: asked.text };
    maker = rowsMaker(plan.byId, maker);
  }
  return undefined;
}

function readsReference(spec: Spec, registry: Registry, grader: string): boolean {
  const found = spec.graders.get(grader);
  const schema = found && registry.graders.get(found.type)?.params;
  if (schema === undefined) return false;
  return collectFields(schema as Schema, found!.params).some(({ keyword, text }) => {
    if (keyword !== "template" && keyword !== "expression" && keyword !== "value") return false;
    const compiled = compileText(text, keyword as TextKind);
    return compiled.ok && compiled.variables.some(({ path }) => path[0] === "reference");
  });
}
