import type { Compiled, Context } from "./compiled.ts";
import { Failure } from "./frame.ts";
import { didYouMeanOneOf } from "./nearest.ts";
import { placeOf, type SyntaxNode, sourceOf } from "./syntax.ts";
import { any, inWords, kindOf, kindOfValue, type Type } from "./type.ts";
import { readKey } from "./value.ts";

/**
 * `item.text`, `messages[0]`, `item.?team`, `item[?"team"]`.
 * Under `lenient`, as in `has()`, whatever is missing on the way gives `undefined` and no failure.
 */
export function compileAccess(node: SyntaxNode, context: Context, lenient = false): Compiled {
  if (!isAccess(node)) return context.compileValue(node, context);
  const from = lenient ? compileAccess(node.args[0], context, true) : context.compile(node.args[0], context);
  const key = compileKey(node, context);
  const inner = from.type.kind === "optional" ? from.type.of : from.type;
  const of = typeOfField(node, inner, key, context);
  const optional = node.op === ".?" || node.op === "[?]" || from.type.kind === "optional";
  const type: Type = optional ? { kind: "optional", of } : of;
  const { run } = from;

  if (optional || lenient) {
    return { node, type, run: (frame) => readKey(run(frame), key.constant?.value ?? key.run(frame)) };
  }
  const strict = (container: unknown, name: unknown): unknown => {
    const value = readKey(container, name);
    if (value === undefined) throw new Failure(whyMissing(node, container, name), node);
    return value;
  };
  if (key.constant === undefined) return { node, type, run: (frame) => strict(run(frame), key.run(frame)) };
  const name = key.constant.value;
  return { node, type, run: (frame) => strict(run(frame), name) };
}

type AccessNode = Extract<SyntaxNode, { readonly op: "." | ".?" | "[]" | "[?]" }>;

/** Whether a node reads a field or an element. */
export function isAccess(node: SyntaxNode): node is AccessNode {
  return node.op === "." || node.op === ".?" || node.op === "[]" || node.op === "[?]";
}

function compileKey(node: AccessNode, context: Context): Compiled {
  const key = node.args[1];
  if (typeof key !== "string") return context.compileValue(key, context);
  return { node, type: { kind: "string" }, run: () => key, constant: { value: key } };
}

function typeOfField(node: AccessNode, type: Type, key: Compiled, context: Context): Type {
  const named = typeof node.args[1] === "string";
  const place = named
    ? { offset: node.pos, length: (node.args[1] as string).length }
    : placeOf(node.args[1] as SyntaxNode);
  const kind = kindOf(key.type);
  switch (type.kind) {
    case "any":
      return any;
    case "optional":
      return typeOfField(node, type.of, key, context);
    case "list":
      if (kind === "number" || kind === "any") return type.of;
      context.report({
        message: named ? "a list has no fields" : `a list is indexed by a number, not ${inWords(kind)}`,
        ...place,
        ...(named ? hintForList(String(key.constant?.value)) : {}),
      });
      return any;
    case "object":
      if (kind === "string" || kind === "any") return type.of;
      context.report({ message: `an object is indexed by a string, not ${inWords(kind)}`, ...place });
      return any;
    case "record": {
      const name = key.constant?.value;
      if (typeof name !== "string") return any;
      const field = type.fields.get(name);
      if (field !== undefined) return field;
      if (type.closed || !context.optionalOffsets.has(node.start)) {
        context.report({
          message: type.unknown(name),
          ...place,
          ...didYouMeanOneOf(name, [...type.fields.keys()]),
        });
      }
      return any;
    }
    default:
      context.report({ message: `${inWords(type.kind)} has no fields`, ...place, ...hintForText(type, key) });
      return any;
  }
}

function hintForList(name: string): { readonly hint?: string } {
  return name === "length" ? { hint: "write size(…)" } : { hint: "index it by a number, such as [0]" };
}

function hintForText(type: Type, key: Compiled): { readonly hint?: string } {
  return type.kind === "string" && key.constant?.value === "length" ? { hint: "write size(…)" } : {};
}

function whyMissing(node: AccessNode, container: unknown, key: unknown): string {
  const from = sourceOf(node.args[0]);
  if (container === null) return `${from} is null`;
  const kind = kindOfValue(container);
  if (kind !== "list" && kind !== "object") return `${from} is ${inWords(kind)}, which has no fields`;
  const needed = kind === "list" ? "number" : "string";
  if (typeof key !== needed) return `${from} is ${inWords(kind)}, indexed by ${inWords(needed)}`;
  return `${sourceOf(node)} is missing`;
}
