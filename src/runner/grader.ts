import type { JSONSchema } from "json-schema-to-ts";
import type { ReportFault } from "./report-fault.ts";
import type { Grade, Row, Sample } from "./row.ts";

/** A row as graders see it. */
export interface GradedRow extends Row {
  /** Where another answer is judged: the one that the row brought along. */
  readonly reference?: Sample;
}

/** A grader of the spec, compiled. */
export interface Grader {
  readonly name: string;
  /** What decides its grades, hashed; stands for the grader in artifacts. */
  readonly digest: string;
  grade(row: GradedRow): Promise<Grade>;
}

/** What a grader may use. */
export interface GraderContext<P> {
  readonly params: P;
  /** Renders a template parameter over a row. */
  template(text: string): (row: GradedRow) => string;
}

/** What a grader type is; field names are those of OpenAI's graders. */
export interface GraderDefinition<P = unknown> {
  readonly name: string;
  readonly version: number;
  readonly summary: string;
  /** Schema of the grader without `type`; templates carry `template: "rows"`. */
  readonly params: JSONSchema;
  check?(params: P, fault: ReportFault): void;
  /** Compiled once; the function does the work. */
  open(context: GraderContext<P>): (row: GradedRow) => Promise<Grade> | Grade;
}
