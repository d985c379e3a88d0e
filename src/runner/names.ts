import type { PlanContents } from "./contents.ts";
import { graderDigest, modelDigest } from "./key.ts";
import type { Plan, PlanNode } from "./plan.ts";
import type { NameContext } from "./step.ts";

/** The names that digests in a step's figures have in the spec: its own references first, then all others. */
export function nameContext(
  plan: Plan,
  contents: PlanContents,
  node: PlanNode,
): NameContext & {
  /** The digest behind a name; the name itself where nothing is called so. */
  digest(name: string): string;
} {
  const names = new Map<string, string>();
  const nodes = [node, ...plan.nodes.filter((other) => other !== node)];
  for (const other of nodes)
    for (const field of other.fields) {
      const digest = digestOfField(plan, contents, other, field);
      if (digest !== undefined && !names.has(digest)) names.set(digest, field.text);
    }
  const digests = new Map([...names].map(([digest, name]) => [name, digest]));
  return {
    id: node.id,
    name: (digest) => names.get(digest) ?? digest.slice(0, 8),
    digest: (name) => digests.get(name) ?? name,
  };
}

function digestOfField(
  plan: Plan,
  contents: PlanContents,
  node: PlanNode,
  field: PlanNode["fields"][number],
): string | undefined {
  if (field.keyword === "names" && field.argument === "grader")
    return graderDigest(plan, field.text, contents);
  if (field.keyword !== "artifact" || field.argument !== "model") return undefined;
  const reference = node.references.get(field.text)!;
  if (reference.from === "step" && contents.manifest(reference.id) === undefined) return undefined;
  return modelDigest(plan, node, field.text, contents);
}
