/** A place in a text file: 1-based lines and columns; `end` is exclusive and on the same line or later. */
export interface Range {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** One fault (or warning) that the user can mend, with its place and what to do. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly message: string;
  /** As the user would type it: relative to the current folder where it is below it. */
  readonly file: string;
  readonly range?: Range;
  /** The line on which `range` begins, for drawing, with secrets masked. */
  readonly source?: string;
  readonly hint?: string;
}
