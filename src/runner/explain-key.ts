import { alignLists } from "./align-lists.ts";
import type { Field } from "./fields.ts";
import type { PlanNode } from "./plan.ts";
import { fromPointer, toPointer } from "./pointer.ts";
import type { Json, JsonObject } from "./row.ts";
import { isObject } from "./spec.ts";

/** One ingredient of a key that is not what it was. */
export interface Change {
  /** JSON pointer in the ingredients, such as `/params/rules/1/where`; of what is gone, in the old ones. */
  readonly pointer: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** A change in words, taken apart. */
export interface ChangeParts {
  readonly name: string;
  /** What it was and is; both undefined where the name says all, as `its rows change`. */
  readonly before?: string;
  readonly after?: string;
}

/** The ingredients that differ, in the order of the new ones. Entries of lists are known by their name or content. */
export function compareIngredients(before: JsonObject, after: JsonObject): readonly Change[] {
  const changes: Change[] = [];
  compare(before, after, "", changes);
  return changes;
}

/**
 * One change in words, such as `rule sure: >= 0.6 → >= 0.7` or `its rows change`. `old` is the step as it was: only it
 * can name what is gone.
 */
export function describeChange(change: Change, node: PlanNode, old?: PlanNode): string {
  return joinParts(partsOfChange(change, node, old));
}

/** A change that was taken apart, in one. */
export function joinParts({ name, before, after }: ChangeParts): string {
  return before === undefined ? name : `${name}: ${before} → ${after}`;
}

/** One change in words, taken apart. */
export function partsOfChange(change: Change, node: PlanNode, old?: PlanNode): ChangeParts {
  const [section, ...path] = fromPointer(change.pointer);
  if (section === "look") return { name: "look at the test rows", ...showBoth(change) };
  if (section === "step")
    return path[0] === "version"
      ? { name: `${node.definition.name} itself`, ...showBoth(change, "version ") }
      : { name: "another step type" };
  const isGone = change.after === undefined;
  const name = describePath(isGone ? old : node, path, change);
  if (isContent(path, change)) return { name: `${name} ${name === "its rows" ? "change" : "changes"}` };
  if (isEntry(path) && (isGone || change.before === undefined))
    return { name: `${name} ${isGone ? "removed" : "added"}` };
  return { name, ...showBoth(change) };
}

/** The field of a step that a pointer in its ingredients leads to or through, where it refers to something. */
export function fieldAt(node: PlanNode, pointer: string): Field | undefined {
  return node.fields.find(
    ({ keyword, pointer: own }) =>
      (keyword === "artifact" || keyword === "names" || keyword === "file") &&
      `${pointer}/`.startsWith(`/params${own}/`),
  );
}

function compare(
  before: Json | undefined,
  after: Json | undefined,
  pointer: string,
  changes: Change[],
): void {
  if (before === after) return;
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(after), ...Object.keys(before)]))
      compare(before[key], after[key], toPointer([key], pointer), changes);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const { pairs, moved } = alignLists(before as readonly Json[], after as readonly Json[]);
    for (const [was, is] of pairs)
      compare(
        was === undefined ? undefined : (before[was] as Json),
        is === undefined ? undefined : (after[is] as Json),
        toPointer([is ?? was!], pointer),
        changes,
      );
    if (moved)
      changes.push({ pointer: toPointer(["order"], pointer), before: "as before", after: "another" });
    return;
  }
  changes.push({ pointer, before, after });
}

const contentKeys = ["dataset", "rows", "results", "model", "verdict", "file"];

function isContent(path: readonly string[], change: Change): boolean {
  const last = path.at(-1) ?? "";
  const digests = [change.before, change.after].filter(isDigest);
  return digests.length > 0 && (contentKeys.includes(last) || digests.length === 2);
}

function isDigest(value: Json | undefined): boolean {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

// An entry of a list, such as /rules/1, as a whole.
function isEntry(path: readonly string[]): boolean {
  return path.length === 2 && /^\d+$/.test(path[1]!);
}

function describePath(node: PlanNode | undefined, path: readonly string[], change: Change): string {
  const field = node === undefined ? undefined : fieldAt(node, toPointer(["params", ...path]));
  const below = field === undefined ? [] : path.slice(fromPointer(field.pointer).length);
  if (field !== undefined && below.length > 0) return describeField(field, below, change);
  const [first, index, ...rest] = path;
  if (first === undefined) return "parameters";
  const { before, after } = change;
  if (typeof before === "string" && typeof after === "string" && isEntry(path)) return first;
  // Entries of a list are called by their own name, or by what they refer to.
  const list = (node?.params as Record<string, Json> | undefined)?.[first];
  const entry = Array.isArray(list)
    ? (list[Number(index)] as Json)
    : isEntry(path)
      ? (after ?? before)
      : undefined;
  const isNamed = isObject(entry) && typeof entry.name === "string";
  if (isNamed)
    return [
      `${first === "rules" ? "rule " : ""}${entry.name}`,
      ...(rest.length === 1 && rest[0] !== "name" ? [] : rest),
    ].join(".");
  if (typeof entry === "string") return [`${first}: ${entry}`, ...rest].join(".");
  return path.join(".");
}

/** What a field refers to, and the way below it: `grader correct.operation`, `dataset pool`, `its rows`. */
function describeField(field: Field, below: readonly string[], { before, after }: Change): string {
  const { keyword, argument, pointer, text } = field;
  const [first, ...rest] = below;
  if (keyword === "file") return `file ${text}`;
  if (keyword === "names") return [`${argument} ${text}`, ...(first === "params" ? rest : below)].join(".");
  if (first === "dataset" || first === "id")
    return [`dataset ${text}`, ...(first === "id" ? ["id"] : [])].join(".");
  if (argument !== "model") return pointer === "/rows" ? "its rows" : text;
  if (first !== "model") return [`model ${text}`, ...below].join(".");
  return isDigest(before) || isDigest(after) ? text : `model ${text}`;
}

// Where long texts differ in a few characters, those are what is told.
function showBoth({ before, after }: Change, kind = ""): { readonly before: string; readonly after: string } {
  const whole = { before: `${kind}${show(before)}`, after: `${kind}${show(after)}` };
  if (typeof before !== "string" || typeof after !== "string") return whole;
  if (Math.max(before.length, after.length) <= longest) return whole;
  let start = 0;
  while (start < before.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < Math.min(before.length, after.length) - start && before.at(-1 - end) === after.at(-1 - end))
    end++;
  // A few characters of what is the same, up to a space, show where it is.
  const from = Math.max(0, before.lastIndexOf(" ", Math.max(0, start - 6)) + 1, start - 24);
  const cut = (text: string) => {
    const to = Math.min(text.length, text.length - end + 6);
    const part = show(text.slice(from, to));
    // A comparison says what it is without what stands before it.
    const stands = from === 0 || /^[<>=!]=? /.test(part);
    return `${stands ? "" : "…"}${part}${to < text.length ? "…" : ""}`;
  };
  return { before: cut(before), after: cut(after) };
}

const longest = 60;

function show(value: Json | undefined): string {
  if (value === undefined) return "not set";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const short = isDigest(text) ? `${text.slice(0, 4)}…` : text;
  return short.length > longest ? `${short.slice(0, longest - 1)}…` : short;
}
