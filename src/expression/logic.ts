import { asValue, type Compiled, type Context } from "./compiled.ts";
import { Failure, type Frame, heldFailure } from "./frame.ts";
import { placeOf, type SyntaxNode, sourceOf } from "./syntax.ts";
import { bool, inWords, kindOf, kindOfValue, unify } from "./type.ts";

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

/** `a ? b : c`: only the branch that is chosen runs. */
export function compileChoice(
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

/** `&&` and `||`: the operand that decides does so, whatever becomes of the other. */
export function compileLogic(
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
