import { quoteText } from "./quote-text.ts";
import { describeKind, readKey } from "./read-key.ts";
import { RenderError } from "./render-error.ts";
import type { Expression } from "./template-node.ts";

/** What `this` is at a place while rendering, and the pass of `{{#each}}` that made it so. */
export interface Surroundings {
  /** What `this` is; at the root the scope itself. */
  readonly value: unknown;
  /** Where `../` leads; null at the root. */
  readonly parent: Surroundings | null;
  /** The field or entry that this pass is about; the checks keep it from being asked for outside of a pass. */
  readonly key: string | number;
  /** Which pass this is, from 0. */
  readonly index: number;
  /** Whether it is the last. */
  readonly isLast: boolean;
}

/** The value that an expression has; undefined where the row has none. */
export function readExpression(expression: Expression, around: Surroundings): unknown {
  switch (expression.kind) {
    case "path": {
      let value = above(around, expression.up).value;
      for (const key of expression.keys) value = readKey(value, key);
      return plain(value, expression.text);
    }
    case "loop": {
      const { key, index, isLast } = above(around, expression.up);
      return { key, index, first: index === 0, last: isLast }[expression.of];
    }
    case "lookup": {
      const holder = readExpression(expression.holder, around);
      const key = lookupKey(expression.key, around);
      return key === undefined ? undefined : plain(readKey(holder, key), expression.text);
    }
  }
}

/**
 * Why an expression has no value, as the end of a sentence: how far its path goes, and what is there instead.
 * Empty where there is nothing to tell.
 */
export function explainMissing(expression: Expression, around: Surroundings): string {
  if (expression.kind === "loop") return "";
  if (expression.kind === "lookup") {
    const holder = describeHolder(readExpression(expression.holder, around), expression.holder.text);
    if (typeof expression.key === "string") return `: ${holder}`;
    const key = readExpression(expression.key, around);
    return `: ${typeof key === "string" ? `the key is ${quoteText(key)}` : `the key is ${describeKind(key)}`}, ${holder}`;
  }
  let value = above(around, expression.up).value;
  let name = "";
  for (const key of expression.keys) {
    const next = readKey(value, key);
    if (next === undefined) return `: ${describeHolder(value, name)}`;
    value = next;
    name = name === "" ? key : `${name}.${key}`;
  }
  return "";
}

function above(around: Surroundings, up: number): Surroundings {
  let at = around;
  for (let left = up; left > 0 && at.parent; left -= 1) at = at.parent;
  return at;
}

function lookupKey(key: string | Expression, around: Surroundings): string | undefined {
  if (typeof key === "string") return key;
  const value = readExpression(key, around);
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

function plain(value: unknown, text: string): unknown {
  if (typeof value !== "function" && typeof value !== "symbol" && typeof value !== "bigint") return value;
  throw new RenderError("kind", text, `"${text}" is ${describeKind(value)}, which is not data`);
}

function describeHolder(holder: unknown, name: string): string {
  if (typeof holder !== "object" || holder === null || Array.isArray(holder)) {
    return `${name === "" ? "this" : JSON.stringify(name)} is ${describeKind(holder)}`;
  }
  const fields = Object.keys(holder);
  const listed = fields
    .slice(0, 8)
    .map((field) => (/^[\w-]{1,40}$/.test(field) ? field : JSON.stringify(field.slice(0, 40))));
  const text = fields.length === 0 ? "no fields" : `${listed.join(", ")}${fields.length > 8 ? ", …" : ""}`;
  return name === ""
    ? `there ${fields.length === 1 ? "is" : "are"} ${text}`
    : `${JSON.stringify(name)} has ${text}`;
}
