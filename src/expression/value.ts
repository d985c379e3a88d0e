import { type Frame, spend } from "./frame.ts";
import type { SyntaxNode } from "./syntax.ts";

/** A value as an expression sees it: JSON, or `undefined` for what JSON does not have. */
export function jsonValue(value: unknown): unknown {
  switch (typeof value) {
    case "object":
    case "string":
    case "number":
    case "boolean":
      return value;
    case "bigint":
      return Number(value);
    default:
      return undefined;
  }
}

/** A field or an element, or `undefined` where there is none: own fields only, and nothing is called. */
export function readKey(container: unknown, key: unknown): unknown {
  if (typeof container !== "object" || container === null) return undefined;
  if (Array.isArray(container)) {
    return Number.isInteger(key) ? jsonValue(container[key as number]) : undefined;
  }
  if (typeof key !== "string" || !Object.hasOwn(container, key)) return undefined;
  return jsonValue((container as Record<string, unknown>)[key]);
}

/** CEL's equality: numbers by value, lists and objects by content, values of different kinds never equal. */
export function isEqual(one: unknown, other: unknown, frame: Frame, node: SyntaxNode): boolean {
  if (one === other) {
    if (typeof one === "string") spend(frame, one.length >> 6, node);
    return true;
  }
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) {
    // Only texts of the same length are compared by content.
    if (typeof one === "string" && typeof other === "string" && one.length === other.length) {
      spend(frame, one.length >> 6, node);
    }
    return false;
  }
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    spend(frame, one.length, node);
    return one.every((_, index) => isEqual(readKey(one, index), readKey(other, index), frame, node));
  }
  const keys = Object.keys(one);
  spend(frame, 10 + 8 * keys.length, node);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => {
    const value = readKey(other, key);
    return value !== undefined && isEqual(readKey(one, key), value, frame, node);
  });
}
