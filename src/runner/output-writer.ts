/** Writes one output of a step. Closed by the runner when the step is done. */
export interface OutputWriter {
  /** Appends a row, or any JSON value, as one line. */
  row(value: unknown): void;
  /** Writes the whole content at once. */
  bytes(content: Uint8Array | string): void;
}
