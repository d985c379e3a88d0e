import type { Row } from "../runner/row.ts";
import { StepFailure } from "../runner/step-failure.ts";
import type { Scope } from "../templating/template.ts";

/** What templates and expressions see of a row; `agreement` where the step knows it. */
export function rowScope({ id, item, messages, sample, metadata, grades }: Row, agreement?: number): Scope {
  const scope = { id, item, messages, sample, metadata, grades };
  return agreement === undefined ? scope : { ...scope, agreement };
}

/** A value that a text has on a row, or why it has none. */
export type Evaluation<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string };

/** Evaluates; what a row lacks becomes a message, and any other error is passed on. */
export function tryEvaluate<T>(evaluate: () => T): Evaluation<T> {
  try {
    return { ok: true, value: evaluate() };
  } catch (error) {
    if (isRowFault(error)) return { ok: false, message: error.message };
    throw error;
  }
}

/**
 * Evaluates over a row where a value must be.
 * @throws StepFailure naming the row, and what was evaluated, where the row lacks something.
 */
export function evaluateOn<T>(row: Row, what: string, evaluate: () => T): T {
  const result = tryEvaluate(evaluate);
  if (result.ok) return result.value;
  throw new StepFailure(`row "${row.id}": ${what} cannot be evaluated: ${result.message}`);
}

// By name, because the expression engine is loaded only where an expression is evaluated.
function isRowFault(error: unknown): error is Error {
  return error instanceof Error && (error.name === "RenderError" || error.name === "ExpressionError");
}
