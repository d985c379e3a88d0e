import type { Compiled, Context } from "./compiled.ts";
import { compileEquality, compileMembership } from "./equality.ts";
import { Failure, type Frame, spend } from "./frame.ts";
import { compileBool, compileChoice, compileLogic } from "./logic.ts";
import { placeOf, type SyntaxNode, sourceOf } from "./syntax.ts";
import { bool, inWords, type Kind, kindOf, kindOfValue, listed, number, type Type, unify } from "./type.ts";

/** The operators between and before values. */
export function compileOperator(node: SyntaxNode, context: Context): Compiled {
  switch (node.op) {
    case "?:":
      return compileChoice(node, node.args, context);
    case "&&":
      return compileLogic(node, node.args, false, context);
    case "||":
      return compileLogic(node, node.args, true, context);
    case "!_": {
      const run = compileBool(node.args, "!", context);
      return { node, type: bool, run: (frame) => !run(frame) };
    }
    case "-_":
      return compileMinus(node, node.args, context);
    case "==":
    case "!=":
      return compileEquality(node, node.args, node.op === "!=", context);
    case "in":
      return compileMembership(node, node.args, context);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return compileBinary(node, node.args, context, ["number", "string", "bool"], orders[node.op]);
    case "+":
      return compileBinary(node, node.args, context, ["number", "string", "list"], add);
    case "-":
    case "*":
    case "/":
    case "%":
      return compileBinary(node, node.args, context, ["number"], arithmetic[node.op]);
    default:
      throw new TypeError(`no operator ${node.op}`);
  }
}

function compileMinus(node: SyntaxNode, operand: SyntaxNode, context: Context): Compiled {
  const { type, run, constant } = context.compileValue(operand, context);
  const kind = kindOf(type);
  if (kind !== "number" && kind !== "any") {
    context.report({ message: `- takes a number, not ${inWords(kind)}`, ...placeOf(operand) });
  }
  const negated = (frame: Frame) => {
    const value = run(frame);
    if (typeof value === "number") return -value;
    throw new Failure(`${sourceOf(operand)} is ${inWords(kindOfValue(value))}, not a number`, operand);
  };
  if (typeof constant?.value !== "number") return { node, type: number, run: negated };
  return { node, type: number, run: negated, constant: { value: -constant.value } };
}

type Operation = (left: never, right: never, frame: Frame, node: SyntaxNode) => unknown;

function compileBinary(
  node: SyntaxNode,
  [left, right]: readonly [SyntaxNode, SyntaxNode],
  context: Context,
  kinds: readonly Kind[],
  operation: Operation,
): Compiled {
  const one = context.compileValue(left, context);
  const other = context.compileValue(right, context);
  const [leftKind, rightKind] = [kindOf(one.type), kindOf(other.type)];
  const fits = (kind: Kind | "any") => kind === "any" || kinds.includes(kind);
  const differ = leftKind !== "any" && rightKind !== "any" && leftKind !== rightKind;
  if (!fits(leftKind) || !fits(rightKind) || differ) {
    const message = `${node.op} takes ${inPairs(kinds)}, not ${inWords(leftKind)} and ${inWords(rightKind)}`;
    context.report({ message, ...placeOf(node), ...hintForMixed(leftKind, rightKind) });
  }

  const run = (frame: Frame) => {
    const first = one.run(frame);
    const second = other.run(frame);
    if (typeof first === "number" && typeof second === "number") {
      return operation(first as never, second as never, frame, node);
    }
    const kind = kindOfValue(first);
    if (kind !== kindOfValue(second) || !kinds.includes(kind)) {
      const found = `${inWords(kind)} and ${inWords(kindOfValue(second))}`;
      throw new Failure(`${sourceOf(node)}: ${node.op} does not take ${found}`, node);
    }
    return operation(first as never, second as never, frame, node);
  };
  return { node, type: typeOfBinary(node.op, one.type, other.type), run };
}

function typeOfBinary(operator: string, one: Type, other: Type): Type {
  if (operator === "+") return one.kind === "any" ? other : other.kind === "any" ? one : unify(one, other);
  return operator in orders ? bool : number;
}

const orders = {
  "<": ordered((left, right) => left < right),
  "<=": ordered((left, right) => left <= right),
  ">": ordered((left, right) => left > right),
  ">=": ordered((left, right) => left >= right),
} as const;

function ordered(compare: (left: number, right: number) => boolean): Operation {
  // JavaScript's comparison of two texts or two bools is the one of two numbers.
  return (left: number | string, right: number | string, frame: Frame, node: SyntaxNode) => {
    if (typeof left === "string") spend(frame, Math.min(left.length, String(right).length) >> 6, node);
    return compare(left as number, right as number);
  };
}

/** Every number is a double, as in JSON: 7 / 2 is 3.5. What has no finite result is a failure. */
const arithmetic = {
  "-": (left: number, right: number, _: Frame, node: SyntaxNode) => finite(left - right, node),
  "*": (left: number, right: number, _: Frame, node: SyntaxNode) => finite(left * right, node),
  "/": (left: number, right: number, _: Frame, node: SyntaxNode) => finite(left / divisor(right, node), node),
  "%": (left: number, right: number, _: Frame, node: SyntaxNode) => finite(left % divisor(right, node), node),
} as const;

function add(left: unknown, right: unknown, frame: Frame, node: SyntaxNode): unknown {
  if (typeof left === "number") return finite(left + (right as number), node);
  if (typeof left === "string") {
    const text = left + (right as string);
    spend(frame, text.length >> 3, node);
    return text;
  }
  const [one, other] = [left as readonly unknown[], right as readonly unknown[]];
  spend(frame, 2 * (one.length + other.length), node);
  return one.concat(other);
}

function divisor(value: number, node: SyntaxNode): number {
  if (value === 0) throw new Failure(`${sourceOf(node)} divides by zero`, node);
  return value;
}

function finite(value: number, node: SyntaxNode): number {
  if (Number.isFinite(value)) return value;
  throw new Failure(`${sourceOf(node)} is not a finite number`, node);
}

function inPairs(kinds: readonly Kind[]): string {
  return listed(
    kinds.map((kind) => `two ${kind}s`),
    "or",
  );
}

function hintForMixed(left: Kind | "any", right: Kind | "any"): { readonly hint?: string } {
  const kinds = [left, right];
  if (!kinds.includes("number") || !kinds.includes("string")) return {};
  return { hint: "double(…) reads a number from a text, string(…) writes one" };
}
