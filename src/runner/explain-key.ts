import type { PlanNode } from "./plan.ts";
import { fromPointer, toPointer } from "./pointer.ts";
import type { Json, JsonObject } from "./row.ts";
import { isObject } from "./spec.ts";

/** One ingredient of a key that is not what it was. */
export interface Change {
  /** JSON pointer in the ingredients, such as `/params/rules/1/where`. */
  readonly pointer: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** The ingredients that differ, in the order of the new ones. */
export function compareIngredients(before: JsonObject, after: JsonObject): readonly Change[] {
  const changes: Change[] = [];
  compare(before, after, "", changes);
  return changes;
}

/** One change in words, such as `rule sure: … >= 0.6 → … >= 0.7` or `rows changed`. */
export function describeChange(change: Change, node: PlanNode): string {
  const [section, ...path] = fromPointer(change.pointer);
  if (section === "step")
    return path[0] === "version"
      ? `${node.definition.name} itself changed: version ${show(change.before)} → ${show(change.after)}`
      : "another step type";
  const name = describePath(node, path);
  if (isContent(path, change)) return `${name} changed`;
  const [before, after] = showBoth(change);
  return `${name}: ${before} → ${after}`;
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
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    after.forEach((entry, i) => {
      compare(before[i], entry as Json, toPointer([i], pointer), changes);
    });
    return;
  }
  if (JSON.stringify(before) !== JSON.stringify(after)) changes.push({ pointer, before, after });
}

const contentKeys = ["dataset", "rows", "results", "model", "verdict", "file"];

function isContent(path: readonly string[], change: Change): boolean {
  const last = path.at(-1) ?? "";
  const digests = [change.before, change.after].filter(
    (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value),
  );
  return digests.length > 0 && (contentKeys.includes(last) || digests.length === 2);
}

function describePath(node: PlanNode, path: readonly string[]): string {
  const params = node.params as Record<string, Json>;
  const [first, second, ...rest] = path.filter(
    (part, i) => !(i === path.length - 1 && contentKeys.includes(part)),
  );
  // Entries of a list are called by their own name, or by what they refer to.
  const list = first === undefined ? undefined : params[first];
  const entry = Array.isArray(list) && second !== undefined ? (list[Number(second)] as Json) : undefined;
  if (isObject(entry) && typeof entry.name === "string")
    return `${first === "rules" ? "rule " : ""}${entry.name}${rest.length > 1 ? `.${rest.join(".")}` : ""}`;
  if (typeof entry === "string") return `${first}: ${entry}${rest.length > 0 ? `.${rest.join(".")}` : ""}`;
  return [first, second, ...rest].filter((part) => part !== undefined).join(".") || "parameters";
}

// Where long texts differ in a few characters, those are what is told.
function showBoth({ before, after }: Change): readonly [string, string] {
  if (
    typeof before !== "string" ||
    typeof after !== "string" ||
    Math.max(before.length, after.length) <= longest
  )
    return [show(before), show(after)];
  let start = 0;
  while (start < before.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < Math.min(before.length, after.length) - start && before.at(-1 - end) === after.at(-1 - end))
    end++;
  // A few characters of what is the same, up to a space, show where it is.
  const from = Math.max(0, before.lastIndexOf(" ", Math.max(0, start - 6)) + 1, start - 24);
  const cut = (text: string) => {
    const to = Math.min(text.length, text.length - end + 6);
    return `${from > 0 ? "…" : ""}${show(text.slice(from, to))}${to < text.length ? "…" : ""}`;
  };
  return [cut(before), cut(after)];
}

const longest = 60;

function show(value: Json | undefined): string {
  if (value === undefined) return "not set";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const short = /^[0-9a-f]{64}$/.test(text) ? `${text.slice(0, 4)}…` : text;
  return short.length > longest ? `${short.slice(0, longest - 1)}…` : short;
}
