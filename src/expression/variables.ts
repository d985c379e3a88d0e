import type { Variable } from "../templating/problem.ts";
import { childrenOf, placeOf, type SyntaxNode } from "./syntax.ts";

/** The macros that give a name to each element of a list or key of an object. */
export const elementMacros: readonly string[] = ["all", "exists", "exists_one", "filter", "map"];

/**
 * Every path that an expression reads from a row, in the order of the text. A path is optional where it is
 * read by `has()` or `.?`, and where the same text asks for it by `has()` elsewhere.
 */
export function readVariables(root: SyntaxNode): readonly Variable[] {
  const reads: Read[] = [];
  visit(root, new Set(), false, reads);
  const asked = new Set(reads.filter(({ byHas }) => byHas).map(({ path }) => JSON.stringify(path)));
  const isAsked = (path: readonly string[]) =>
    path.some((_, index) => asked.has(JSON.stringify(path.slice(0, index + 1))));
  return reads
    .map(({ byHas, ...variable }) => ({ ...variable, optional: variable.optional || isAsked(variable.path) }))
    .sort((one, other) => one.offset - other.offset);
}

interface Read extends Variable {
  readonly byHas: boolean;
}

function visit(node: SyntaxNode, bound: ReadonlySet<string>, byHas: boolean, reads: Read[]): void {
  const path = pathOf(node);
  if (path !== undefined) {
    if (!bound.has(path.names[0]!)) {
      reads.push({ path: path.names, ...placeOf(path.node), optional: path.optional, byHas });
    }
    for (const index of path.indexes) visit(index, bound, false, reads);
    return;
  }
  if (node.op === "rcall" && elementMacros.includes(node.args[0])) {
    const [, range, [name, ...bodies]] = node.args;
    visit(range, bound, false, reads);
    const inner = name?.op === "id" ? new Set([...bound, name.args]) : bound;
    for (const body of bodies) visit(body, inner, false, reads);
    return;
  }
  const isHas = node.op === "call" && node.args[0] === "has";
  for (const child of childrenOf(node)) visit(child, bound, isHas, reads);
}

interface Path {
  /** The names from the root up to the first computed index. */
  readonly names: string[];
  /** The node that covers exactly these names. */
  node: SyntaxNode;
  optional: boolean;
  /** The computed indexes, which read paths of their own. */
  readonly indexes: SyntaxNode[];
  ended: boolean;
}

function pathOf(node: SyntaxNode): Path | undefined {
  if (node.op === "id") {
    return { names: [node.args], node, optional: false, indexes: [], ended: false };
  }
  if (node.op !== "." && node.op !== ".?" && node.op !== "[]" && node.op !== "[?]") return undefined;
  const path = pathOf(node.args[0]);
  if (path === undefined) return undefined;
  const key = node.args[1];
  const name = typeof key === "string" ? key : key.op === "value" ? key.args : key;
  if (name === key && typeof key !== "string") path.indexes.push(key);
  if (path.ended || typeof name !== "string") {
    path.ended = true;
    return path;
  }
  path.names.push(name);
  path.node = node;
  path.optional ||= node.op === ".?" || node.op === "[?]";
  return path;
}
