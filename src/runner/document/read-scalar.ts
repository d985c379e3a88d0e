import type { Scalar } from "yaml";
import type { Faults } from "./faults.ts";
import type { Span } from "./lines.ts";

/** A scalar's value as JSON has it; reports numbers that JSON cannot carry and gives null for them. */
export function readScalar(node: Scalar, faults: Faults): null | boolean | number | string {
  const { value } = node;
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (typeof value !== "number") return String(value);
  const source = node.source ?? "";
  if (!Number.isFinite(value)) {
    faults.report({ span: spanOf(node), message: `${source} is not a number that a spec can carry` });
    return null;
  }
  const digits = source.replace(/^\+/, "");
  if (
    Number.isInteger(value) &&
    !Number.isSafeInteger(value) &&
    /^-?\d+$/.test(digits) &&
    String(value) !== digits
  ) {
    const hint = `as text it keeps all its digits: "${source}"`;
    faults.report({ span: spanOf(node), message: "this number would lose digits", hint });
  }
  // JSON knows no negative zero.
  return value === 0 ? 0 : value;
}

/** Where a node stands, without what follows it. */
export function spanOf(node: {
  readonly range?: readonly [number, number, number] | null | undefined;
}): Span {
  const [start, end] = node.range ?? [0, 0];
  return [start, end];
}
