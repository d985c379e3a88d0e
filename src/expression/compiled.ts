import type { TextProblem } from "../templating/problem.ts";
import type { Frame } from "./frame.ts";
import type { PatternCache } from "./pattern.ts";
import { placeOf, type SyntaxNode, sourceOf } from "./syntax.ts";
import { any, type Type } from "./type.ts";

/** A node that is ready to run: what it gives, and how. */
export interface Compiled {
  readonly node: SyntaxNode;
  readonly type: Type;
  /** Gives the value; `undefined` only for an optional that has none. Throws a `Failure`. */
  readonly run: (frame: Frame) => unknown;
  /** There where the value is the same for every row. */
  readonly constant?: { readonly value: unknown };
}

/** What compiling a node needs to know, and where it says what is wrong. */
export interface Context {
  readonly roots: ReadonlyMap<string, Type>;
  /** False where no model has answered the rows. */
  readonly answered: boolean;
  /** The names that `exists` and its like have given, innermost last. */
  readonly bound: readonly { readonly name: string; readonly type: Type }[];
  /** Where the paths begin that may be missing. */
  readonly optionalOffsets: ReadonlySet<number>;
  readonly patterns: PatternCache;
  report(problem: TextProblem): void;
  /** A node of any type. */
  compile(node: SyntaxNode, context: Context): Compiled;
  /** A node that must give a value, so no optional. */
  compileValue(node: SyntaxNode, context: Context): Compiled;
}

/** Reports an optional where a value is needed. */
export function asValue(compiled: Compiled, context: Context): Compiled {
  if (compiled.type.kind !== "optional") return compiled;
  const message = `${sourceOf(compiled.node)} may be missing`;
  context.report({ message, ...placeOf(compiled.node), hint: "say what it is then, such as .orValue('')" });
  return { ...compiled, type: any };
}
