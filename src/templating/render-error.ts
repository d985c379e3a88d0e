/**
 * Why a template could not be rendered over a scope: `missing` and `null` have no value to show, `kind` is a value
 * of a kind that cannot stand there, `limit` is too much output or work.
 */
export type RenderFailure = "missing" | "null" | "kind" | "limit";

/** Thrown where a template meets data that it cannot be rendered over: a fault of the row or of the template. */
export class RenderError extends Error {
  override readonly name = "RenderError";
  /** Why it failed. */
  readonly failure: RenderFailure;
  /** The path as the template writes it, such as `item.text`; null where no single path is at fault. */
  readonly path: string | null;

  constructor(failure: RenderFailure, path: string | null, message: string) {
    super(message);
    this.failure = failure;
    this.path = path;
  }
}
