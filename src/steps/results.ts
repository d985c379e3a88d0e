import type { Grade, Json, Sample } from "../runner/row.ts";
import { StepFailure } from "../runner/step-failure.ts";

/** One line of results: an answer of a model to an item, with its grades. */
export interface ResultLine {
  /** The item's id. */
  readonly id: string;
  /** Digest of the model that answered. */
  readonly model: string;
  readonly sample: Sample;
  /** By the grader's digest. */
  readonly grades: { readonly [grader: string]: Grade };
  /** Items of one group are not independent of each other; each its own where it is left out. */
  readonly group?: string;
  /** The item's value in every slice that the evaluation declares. */
  readonly slices?: { readonly [name: string]: string };
  /** What the answer took, as recorded when it was given; left out where the model answers afresh and for nothing. */
  readonly usage?: AnswerUsage;
}

/** What one answer took; null where it was not recorded. */
export interface AnswerUsage {
  /** Whole milliseconds where it stands in results. */
  readonly latency_ms: number | null;
  readonly cost_usd: number | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
}

/** Reads lines as results. @throws StepFailure on a line that is none. */
export async function* readResults(lines: AsyncIterable<Json>): AsyncGenerator<ResultLine> {
  for await (const line of lines) {
    if (!isResultLine(line)) throw new StepFailure("the results hold a line that is no result");
    yield line as unknown as ResultLine;
  }
}

function isResultLine(line: Json): boolean {
  if (line === null || typeof line !== "object" || Array.isArray(line)) return false;
  const { id, model, sample, grades } = line as { readonly [field: string]: Json };
  return (
    typeof id === "string" &&
    typeof model === "string" &&
    typeof sample === "object" &&
    typeof grades === "object"
  );
}
