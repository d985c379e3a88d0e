import type { PatternCache } from "./pattern.ts";
import type { SyntaxNode } from "./syntax.ts";

/** What an expression can read: a row, or an object of the same shape. */
export interface Scope {
  readonly id?: unknown;
  readonly item?: unknown;
  readonly messages?: unknown;
  readonly sample?: unknown;
  readonly metadata?: unknown;
  readonly grades?: unknown;
  readonly agreement?: unknown;
}

/** One evaluation: the row, the elements that `exists` and its like stand at, and the work that is left. */
export interface Frame {
  readonly scope: Scope;
  readonly slots: unknown[];
  readonly patterns: PatternCache;
  left: number;
}

/**
 * The work that one evaluation may do, in steps of at most about 100 ns: an element visited times the size
 * of what is done to it, eight characters of a text looked through.
 */
export const maxWork = 20_000_000;

/** Why an evaluation ends without a value. Thrown; no Error, because a stack costs more than the evaluation. */
export class Failure {
  readonly message: string;
  readonly node: SyntaxNode;
  /** True where `||`, `&&`, `exists` and `all` must not go on either. */
  readonly fatal: boolean;

  constructor(message: string, node: SyntaxNode, fatal = false) {
    this.message = message;
    this.node = node;
    this.fatal = fatal;
  }
}

/** Counts work, and ends an evaluation that does too much of it. */
export function spend(frame: Frame, steps: number, node: SyntaxNode): void {
  frame.left -= steps;
  if (frame.left < 0) throw new Failure("the expression does too much work on this row", node, true);
}

/** Keeps a failure that CEL lets another operand or element make up for; passes anything else on. */
export function heldFailure(error: unknown, frame: Frame): Failure {
  if (!(error instanceof Failure) || error.fatal) throw error;
  // Unwinding costs about as much as this many steps.
  spend(frame, 40, error.node);
  return error;
}
