import type { Variable } from "../templating/problem.ts";
import type { CompiledMessages } from "../templating/render-messages.ts";
import { collectFields, type Field } from "./fields.ts";
import type { MetadataRead, PlanNode } from "./plan-node.ts";
import type { Registry } from "./registry.ts";
import type { Schema } from "./schema.ts";
import type { Spec } from "./spec.ts";
import { compileText } from "./texts.ts";

/**
 * For every step, the metadata keys that it or anything downstream of it reads. Only these are part of
 * rows and keys: a tag that nothing reads may change without running anything.
 */
export function metadataReaders(
  spec: Spec,
  registry: Registry,
  ordered: readonly Omit<PlanNode, "metadataRead">[],
  prompts: ReadonlyMap<string, CompiledMessages>,
): ReadonlyMap<string, MetadataRead> {
  const readers = new Map<string, MetadataRead>();
  for (const node of ordered.toReversed()) {
    const below = ordered.filter((other) => takesRows(other, node.id)).map((other) => readers.get(other.id)!);
    readers.set(node.id, [ownReads(node), ...below].reduce(join));
  }
  return readers;

  function ownReads(node: Omit<PlanNode, "metadataRead">): MetadataRead {
    // A program may read all of what it is given.
    if (node.fields.some((field) => field.keyword === "artifact" && field.argument === "any")) return "all";
    const variables: readonly Variable[] = [
      ...node.fields.flatMap(textVariables),
      ...node.fields.flatMap((field): readonly Variable[] => {
        if (field.keyword !== "names") return [];
        if (field.argument === "prompt") return prompts.get(field.text)?.variables ?? [];
        const grader = field.argument === "grader" ? spec.graders.get(field.text) : undefined;
        const schema = grader && registry.graders.get(grader.type)?.params;
        return schema === undefined
          ? []
          : collectFields(schema as Schema, grader!.params).flatMap(textVariables);
      }),
    ];
    return variables
      .filter((variable) => variable.path[0] === "metadata")
      .map((variable): MetadataRead => (variable.path[1] === undefined ? "all" : new Set([variable.path[1]])))
      .reduce(join, new Set<string>());
  }
}

// Results, models and verdicts carry no metadata: what is read below them is not this step's.
function takesRows({ references }: Omit<PlanNode, "metadataRead">, id: string): boolean {
  return [...references.values()].some((one) => one.from === "step" && one.id === id && one.kind === "rows");
}

/** True where this key is among those read. */
export function readsMetadata(read: MetadataRead, key: string): boolean {
  return read === "all" || read.has(key);
}

function textVariables(field: Field): readonly Variable[] {
  if (field.keyword !== "template" && field.keyword !== "expression" && field.keyword !== "value") return [];
  const text = compileText(field.text, field.keyword);
  return text.ok ? text.variables : [];
}

function join(a: MetadataRead, b: MetadataRead): MetadataRead {
  return a === "all" || b === "all" ? "all" : new Set([...a, ...b]);
}
