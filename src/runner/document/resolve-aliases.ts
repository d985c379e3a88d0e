import { type Alias, isAlias, isCollection, isMap, isScalar, isSeq, type Node } from "yaml";
import { suggest } from "../suggest.ts";
import type { Faults } from "./faults.ts";

/**
 * What each alias stands for: the last anchor of its name that ended before it. Reports aliases without an
 * anchor, and those that stand inside what they name; these are absent.
 */
export function resolveAliases(root: Node, faults: Faults): ReadonlyMap<Alias, Node> {
  const resolved = new Map<Alias, Node>();
  const anchors = new Map<string, Node>();
  const open = new Set<Node>();

  const enter = (node: unknown): void => {
    if (isAlias(node)) {
      resolve(node);
      return;
    }
    if (!isCollection(node) && !isScalar(node)) return;
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    if (!isCollection(node)) return;
    open.add(node);
    if (isMap(node)) for (const { key, value } of node.items) [key, value].forEach(enter);
    if (isSeq(node)) node.items.forEach(enter);
    open.delete(node);
  };

  const resolve = (alias: Alias): void => {
    const [start, end] = alias.range ?? [0, 0];
    const node = anchors.get(alias.source);
    if (node === undefined) {
      const near = faults.isFull() ? undefined : suggest(alias.source, [...anchors.keys()]);
      const hint =
        near === undefined ? "an anchor (&name) stands before its aliases" : `did you mean "*${near}"?`;
      faults.report({ span: [start, end], message: `no anchor is called "${alias.source}"`, hint });
    } else if (open.has(node)) {
      faults.report({ span: [start, end], message: `"*${alias.source}" stands inside what it names` });
    } else {
      resolved.set(alias, node);
    }
  };

  enter(root);
  return resolved;
}
