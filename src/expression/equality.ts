import type { Compiled, Context } from "./compiled.ts";
import { Failure, type Frame, spend } from "./frame.ts";
import { didYouMeanOneOf } from "./nearest.ts";
import { placeOf, type SyntaxNode, sourceOf } from "./syntax.ts";
import { bool, comparable, inWords, kindOf, kindOfValue, type Type } from "./type.ts";
import { isEqual, readKey } from "./value.ts";

type Operands = readonly [SyntaxNode, SyntaxNode];

/** `==` and `!=`, with a problem where the two can never be equal. */
export function compileEquality(
  node: SyntaxNode,
  operands: Operands,
  negated: boolean,
  context: Context,
): Compiled {
  const [one, other] = operands.map((operand) => context.compileValue(operand, context)) as [
    Compiled,
    Compiled,
  ];
  if (!comparable(one.type, other.type)) {
    const message = `${inWords(kindOf(one.type))} is never equal to ${inWords(kindOf(other.type))}`;
    context.report({ message, ...placeOf(node) });
  }
  checkValue(one, other, context);
  checkValue(other, one, context);
  const run = (frame: Frame) => isEqual(one.run(frame), other.run(frame), frame, node) !== negated;
  return { node, type: bool, run };
}

/** `in`: an element of a list, or a key of an object. */
export function compileMembership(node: SyntaxNode, operands: Operands, context: Context): Compiled {
  const [one, range] = operands.map((operand) => context.compileValue(operand, context)) as [
    Compiled,
    Compiled,
  ];
  const kind = kindOf(range.type);
  if (kind !== "any" && kind !== "list" && kind !== "object") {
    const hint = kind === "string" ? { hint: "write text.contains(part)" } : {};
    context.report({
      message: `in takes a list or an object, not ${inWords(kind)}`,
      ...placeOf(range.node),
      ...hint,
    });
  }
  if (kind === "object" && !comparable(one.type, { kind: "string" })) {
    context.report({ message: `a key is a string, not ${inWords(kindOf(one.type))}`, ...placeOf(one.node) });
  }
  if (range.type.kind === "list" && !comparable(one.type, range.type.of)) {
    const message = `${inWords(kindOf(one.type))} is never in a list of ${inPlural(range.type.of)}`;
    context.report({ message, ...placeOf(node) });
  }
  const run = (frame: Frame) => contains(range.run(frame), one.run(frame), frame, node, range.node);
  return { node, type: bool, run };
}

function contains(
  range: unknown,
  value: unknown,
  frame: Frame,
  node: SyntaxNode,
  rangeNode: SyntaxNode,
): boolean {
  if (Array.isArray(range)) {
    spend(frame, range.length, node);
    return range.some((_, index) => isEqual(value, readKey(range, index), frame, node));
  }
  const kind = kindOfValue(range);
  if (kind === "object") return readKey(range, value) !== undefined;
  throw new Failure(`${sourceOf(rangeNode)} is ${inWords(kind)}, not a list or an object`, rangeNode);
}

/** Finds the misspelt literal in `sample.finish_reason == 'stopped'`. */
function checkValue(literal: Compiled, compared: Compiled, context: Context): void {
  const { type } = compared;
  const value = literal.constant?.value;
  if (type.kind !== "string" || type.values === undefined || typeof value !== "string") return;
  if (type.values.includes(value)) return;
  const message = `${sourceOf(compared.node)} is never ${JSON.stringify(value)}`;
  context.report({ message, ...placeOf(literal.node), ...didYouMeanOneOf(value, type.values) });
}

function inPlural(type: Type): string {
  switch (kindOf(type)) {
    case "bool":
      return "true and false";
    case "null":
      return "nulls";
    case "any":
      return "anything";
    default:
      return `${kindOf(type)}s`;
  }
}
