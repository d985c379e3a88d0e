import { asValue, type Compiled, type Context } from "./compiled.ts";
import { compileEquality, compileMembership } from "./equality.ts";
import { Failure, type Frame, heldFailure, spend } from "./frame.ts";
import { placeOf, type SyntaxNode, sourceOf } from "./syntax.ts";
import { bool, inWords, type Kind, kindOf, kindOfValue, listed, number, type Type, unify } from "./type.ts";

/** Arithmetic, comparison, logic and the choice `a ? b : c`. */
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

/** An operand that must be true or false, checked now where its type is known and else on each row. */
export function compileBool(node: SyntaxNode, by: string, context: Context): (frame: Frame) => boolean {
  const { type, run } = context.compileValue(node, context);
  const kind = kindOf(type);
  if (kind !== "bool" && kind !== "any") {
    context.report({ message: `${by} takes true or false, not ${inWords(kind)}`, ...placeOf(node) });
  }
  return (frame) => {
    const value = run(frame);
    if (typeof value === "boolean") return value;
    throw new Failure(`${sourceOf(node)} is ${inWords(kindOfValue(value))}, not true or false`, node);
  };
}

function compileChoice(
  node: SyntaxNode,
  [condition, yes, no]: readonly [SyntaxNode, SyntaxNode, SyntaxNode],
  context: Context,
): Compiled {
  const test = compileBool(condition, "?", context);
  const branches = [yes, no].map((branch) => context.compile(branch, context)) as [Compiled, Compiled];
  // An optional and a value have no type in common.
  const optionals = branches.filter(({ type }) => type.kind === "optional").length;
  const [one, other] =
    optionals === 1 ? (branches.map((branch) => asValue(branch, context)) as [Compiled, Compiled]) : branches;
  const run = (frame: Frame) => (test(frame) ? one.run(frame) : other.run(frame));
  return { node, type: unify(one.type, other.type), run };
}

function compileLogic(
  node: SyntaxNode,
  [left, right]: readonly [SyntaxNode, SyntaxNode],
  decisive: boolean,
  context: Context,
): Compiled {
  const one = compileBool(left, node.op, context);
  const other = compileBool(right, node.op, context);
  const run = (frame: Frame): boolean => {
    let first: boolean;
    try {
      first = one(frame);
    } catch (error) {
      // As in CEL, the order does not matter: the other operand may decide alone.
      const failure = heldFailure(error, frame);
      if (other(frame) === decisive) return decisive;
      throw failure;
    }
    return first === decisive ? decisive : other(frame);
  };
  return { node, type: bool, run };
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
  if (operator === "+") return unify(one, other);
  return operator in orders ? bool : number;
}

const orders = {
  "<": ordered((left, right) => left < right),
  "<=": ordered((left, right) => left <= right),
  ">": ordered((left, right) => left > right),
  ">=": ordered((left, right) => left >= right),
} as const;

function ordered(compare: (left: number, right: number) => boolean): Operation {
  return (left: number, right: number, frame: Frame, node: SyntaxNode) => {
    if (typeof left === "string") spendOnTexts(left, right as unknown as string, frame, node);
    return compare(left, right);
  };
}

function spendOnTexts(left: string, right: string, frame: Frame, node: SyntaxNode): void {
  spend(frame, Math.min(left.length, right.length) >> 6, node);
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
