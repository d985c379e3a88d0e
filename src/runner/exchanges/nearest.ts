import type { WireRequest } from "../exchanges.ts";
import { toPointer } from "../pointer.ts";
import type { Json } from "../row.ts";
import { bodyOf } from "./match.ts";

/**
 * In what a request differs from the recorded one that is nearest to it, as the rest of a sentence: path, draw,
 * or the first field of the body. Quotes numbers and names, never a text of a row.
 *
 * @param recorded requests with the same method and path
 */
export function tellDifference(request: WireRequest, recorded: Iterable<WireRequest>): string | undefined {
  const asked = leavesOf(bodyOf(request));
  let best: { readonly same: number; readonly candidate: WireRequest } | undefined;
  for (const candidate of recorded) {
    const leaves = leavesOf(bodyOf(candidate));
    let same = 0;
    for (const [pointer, value] of asked) same += likeness(leaves.get(pointer), value);
    if (best === undefined || same > best.same) best = { same, candidate };
  }
  if (best === undefined) return undefined;
  const leaves = leavesOf(bodyOf(best.candidate));
  for (const [pointer, value] of asked)
    if (leaves.get(pointer) !== value) return tellField(pointer, leaves.get(pointer), value);
  for (const [pointer, value] of leaves) if (!asked.has(pointer)) return tellField(pointer, value, undefined);
  if (request.draw === undefined) return undefined;
  const { occurrence, sample } = request.draw;
  const item = occurrence === 0 ? "" : ` for item ${occurrence + 1} of those that ask the same`;
  return `its sample ${sample}${item} was not recorded`;
}

type Leaf = string | number | boolean | null;

function leavesOf(body: Json | undefined): ReadonlyMap<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  const visit = (value: Json, pointer: string): void => {
    if (typeof value === "object" && value !== null)
      for (const [name, entry] of Object.entries(value)) visit(entry, toPointer([name], pointer));
    else leaves.set(pointer, value as Leaf);
  };
  if (body !== undefined) visit(body, "");
  return leaves;
}

function tellField(pointer: string, recorded: Leaf | undefined, asked: Leaf | undefined): string {
  const field = pointer === "" ? "the body" : pointer.slice(1).replaceAll("/", ".");
  if (recorded === undefined) return `the nearest recorded request has no ${field}`;
  if (asked === undefined) return `the nearest recorded request also has ${field}`;
  if (isShort(recorded) && isShort(asked))
    return `${field} is ${JSON.stringify(asked)}, and ${JSON.stringify(recorded)} in the nearest recorded request`;
  const at = commonLength(String(recorded), String(asked)) + 1;
  return `${field} differs from the nearest recorded request at character ${at}`;
}

/** How alike two fields are, from 0 to 1: texts by how far they are the same. */
function likeness(a: Leaf | undefined, b: Leaf): number {
  if (a === b) return 1;
  if (typeof a !== "string" || typeof b !== "string") return 0;
  return commonLength(a, b) / Math.max(a.length, b.length);
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

/** Numbers, and words such as a model's name. */
function isShort(value: Leaf): boolean {
  return typeof value !== "string" || /^[\w./:-]{1,64}$/.test(value);
}
