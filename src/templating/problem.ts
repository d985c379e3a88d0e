/** What is wrong inside a template or an expression, by place in its own text. */
export interface TextProblem {
  /** What is wrong, in one line without a full stop. */
  readonly message: string;
  /** Where it begins in the text, in UTF-16 units. */
  readonly offset: number;
  /** How many UTF-16 units it covers; at least 1. */
  readonly length: number;
  /** What to do about it, such as `did you mean "sample"?`. */
  readonly hint?: string;
}

/** A path that a text reads from a row, such as `item.text` → `["item", "text"]`. */
export interface Variable {
  /** The names from the root on; it ends where the text indexes by something computed. */
  readonly path: readonly string[];
  /** Where the path begins in the text, in UTF-16 units. */
  readonly offset: number;
  /** How many UTF-16 units the path covers. */
  readonly length: number;
  /** True where the text itself copes with its absence (`{{#if}}`, `has()`, `.?`). */
  readonly optional: boolean;
}
