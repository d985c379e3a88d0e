import { type Change, fieldAt } from "./explain-key.ts";
import type { Plan, PlanNode } from "./plan.ts";
import { fromPointer, toPointer } from "./pointer.ts";

/** Where in a spec something that changed stands. */
export interface SpecPlace {
  /** JSON pointer in the document's data. */
  readonly pointer: string;
  /** From 1; undefined where the text has no such place. */
  readonly line: number | undefined;
}

/**
 * The place in the spec of an ingredient that changed: in the step, or in the prompt, grader, model, provider or
 * dataset that the step names. Undefined where another step gave it, or the spec does not say it.
 */
export function placeChange(plan: Plan, node: PlanNode, change: Change): SpecPlace | undefined {
  const pointer = pointerOf(plan, node, change);
  return pointer === undefined ? undefined : placeOf(plan, pointer);
}

/** A place of the spec by its pointer. */
export function placeOf(plan: Plan, pointer: string): SpecPlace {
  return { pointer, line: plan.spec.document.locate(pointer, "value")?.line };
}

function pointerOf(plan: Plan, node: PlanNode, change: Change): string | undefined {
  const step = toPointer(["steps", node.id]);
  const [section, ...path] = fromPointer(change.pointer);
  if (section === "look") return undefined;
  if (section !== "params") return toPointer(["uses"], step);
  // What is gone has no place of its own any more: the list that it stood in has.
  if (change.after === undefined) return toPointer(path.slice(0, 1), step);
  if (path[0] === "seed" && !Object.hasOwn(node.step.params, "seed")) return "/seed";
  const field = fieldAt(node, change.pointer);
  const below = field === undefined ? [] : path.slice(fromPointer(field.pointer).length);
  if (field === undefined || field.keyword === "file") return toPointer(path, step);
  if (field.keyword === "names") {
    if (field.argument === "trainer" || below.length === 0) return `${step}${field.pointer}`;
    return toPointer([`${field.argument}s`, field.text, ...below.filter((key) => key !== "params")]);
  }
  if (below.length === 0) return toPointer(path, step);
  const reference = node.references.get(field.text);
  if (reference?.from === "dataset")
    return toPointer(["datasets", reference.name, below[0] === "dataset" ? "path" : "id"]);
  if (reference?.from !== "model") return undefined;
  const model = plan.spec.models.get(reference.name);
  return below[0] === "provider"
    ? toPointer(["providers", model?.provider ?? "", ...below.slice(1)])
    : toPointer(["models", reference.name, ...below]);
}
