import type { Compiled, Context } from "./compiled.ts";
import { Failure, type Frame } from "./frame.ts";
import { placeOf, type SyntaxNode, sourceOf } from "./syntax.ts";
import { any, bool, type Type, unify } from "./type.ts";

/** What can be asked of the value of `.?`. */
export const optionalMethods: readonly string[] = ["hasValue", "or", "orValue", "value"];

/** `item.?team.orValue("none")` and its like. An optional is its value at run time, or `undefined`. */
export function compileOptional(
  node: SyntaxNode,
  name: string,
  receiver: SyntaxNode,
  args: readonly SyntaxNode[],
  context: Context,
): Compiled {
  const from = context.compile(receiver, context);
  if (from.type.kind !== "optional") {
    const message = `${name} is written after an optional, such as item.?team.${name}`;
    context.report({ message, ...placeOf(receiver), hint: "write .? before the field that may be missing" });
  }
  const takes = name === "or" || name === "orValue" ? 1 : 0;
  if (args.length !== takes) {
    context.report({ message: `${name} takes ${takes === 0 ? "nothing" : "one value"}`, ...placeOf(node) });
    return { node, type: any, run: from.run };
  }
  const of: Type = from.type.kind === "optional" ? from.type.of : any;
  switch (name) {
    case "hasValue":
      return { node, type: bool, run: (frame) => from.run(frame) !== undefined };
    case "value":
      return { node, type: of, run: (frame) => present(from.run(frame), receiver) };
    case "orValue": {
      const other = context.compileValue(args[0]!, context);
      return { node, type: unify(of, other.type), run: either(from, other) };
    }
    default: {
      const other = context.compile(args[0]!, context);
      if (other.type.kind !== "optional") {
        const message = "or takes another optional";
        context.report({ message, ...placeOf(args[0]!), hint: "orValue takes a value" });
      }
      return { node, type: unify(from.type, other.type), run: either(from, other) };
    }
  }
}

function either(one: Compiled, other: Compiled): (frame: Frame) => unknown {
  return (frame) => {
    const value = one.run(frame);
    return value === undefined ? other.run(frame) : value;
  };
}

function present(value: unknown, node: SyntaxNode): unknown {
  if (value === undefined) throw new Failure(`${sourceOf(node)} is missing`, node);
  return value;
}
