import type { TextProblem, Variable } from "../templating/problem.ts";
import { compileNode, compileValue } from "./compile.ts";
import type { Compiled, Context } from "./compiled.ts";
import { Failure, type Frame, maxWork, type Scope } from "./frame.ts";
import { createPatternCache } from "./pattern.ts";
import { type RowKnowledge, rowType } from "./row-type.ts";
import { parseSyntax, placeOf } from "./syntax.ts";
import { type Kind, kindOf } from "./type.ts";
import { readVariables } from "./variables.ts";

/** The type of what an expression gives, as far as it is known before a row is read. */
export type ExpressionType = Kind | "any";

/** A CEL expression over a row, checked and ready to run. */
export interface Expression {
  readonly text: string;
  /** Every path that it reads, in the order of the text. */
  readonly variables: readonly Variable[];
  readonly type: ExpressionType;
  /**
   * The value for a row, as plain JSON; null for an optional that has none.
   * What it gives may be a part of the row itself. Throws an `ExpressionError`.
   */
  evaluate(scope: Scope): unknown;
}

/** Why an expression has no value for one row: a field that is missing, a text where a number is needed. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  /** Where in the text, in UTF-16 units. */
  readonly offset: number;
  readonly length: number;

  constructor(message: string, place: { readonly offset: number; readonly length: number }) {
    super(message);
    this.offset = place.offset;
    this.length = place.length;
  }
}

/**
 * Text → an expression, or everything that is wrong with it that can be known before a row is read.
 *
 * The language is CEL (https://cel.dev), read by a library and run here, because rows are JSON:
 * - There is one kind of number, the double. `1` and `1.0` are the same, `7 / 2` is 3.5, indexes are numbers,
 *   `%` works on all of them; dividing by zero and results that are not finite are errors.
 * - `has(a.b.c)` is false wherever anything on the way is missing, and true for a null.
 * - Lists and branches may mix types. A value is equal only to one of its own kind.
 * - `&&`, `||`, `exists` and `all` take CEL's view of errors: an operand that decides makes up for one that fails.
 * - `matches` is RE2, in linear time, and looks anywhere in the text.
 * - Left out: bytes, uint, timestamps, durations, `type`, `cel.bind`, `optional.of`.
 * - One evaluation does a bounded amount of work, counted in steps and so the same on every machine.
 */
export function compileExpression(
  text: string,
  knowledge: RowKnowledge = {},
):
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly problems: readonly TextProblem[] } {
  const syntax = parseSyntax(text);
  if (!syntax.ok) return { ok: false, problems: [syntax.problem] };

  const variables = readVariables(syntax.node);
  const problems: TextProblem[] = [];
  const context: Context = {
    roots: rowType(knowledge),
    answered: knowledge.sample !== false,
    bound: [],
    optionalOffsets: new Set(variables.filter(({ optional }) => optional).map(({ offset }) => offset)),
    patterns: createPatternCache(),
    report: (problem) => problems.push(problem),
    compile: compileNode,
    compileValue,
  };
  const compiled = compileNode(syntax.node, context);
  if (problems.length > 0) {
    return { ok: false, problems: problems.toSorted((one, other) => one.offset - other.offset) };
  }
  const type: ExpressionType = compiled.type.kind === "optional" ? "any" : kindOf(compiled.type);
  const evaluate = (scope: Scope) =>
    run(compiled, { scope, slots: [], patterns: context.patterns, left: maxWork });
  return { ok: true, expression: { text, variables, type, evaluate } };
}

function run({ node, run }: Compiled, frame: Frame): unknown {
  try {
    return run(frame) ?? null;
  } catch (error) {
    if (error instanceof Failure) throw new ExpressionError(error.message, placeOf(error.node));
    // Two values nested thousands of levels deep were compared.
    if (error instanceof RangeError) throw new ExpressionError("a value is nested too deeply", placeOf(node));
    throw error;
  }
}
