import { any, bool, listOf, number, string, type Type } from "./type.ts";

/** What is known of the rows before any of them is read. */
export interface RowKnowledge {
  /** The columns of `item` that some row has; left out where the files cannot tell. */
  readonly columns?: readonly string[];
  /** False where no model has answered these rows; left out where that is open. */
  readonly sample?: boolean;
}

/** The roots that an expression may name, each with its type. */
export function rowType({ columns }: RowKnowledge): ReadonlyMap<string, Type> {
  return new Map([
    ["id", string],
    ["item", columns === undefined ? { kind: "object", of: any } : itemOf(columns)],
    ["messages", listOf(message)],
    ["sample", sample],
    ["metadata", { kind: "object", of: string }],
    ["grades", { kind: "object", of: grade }],
    ["agreement", number],
  ]);
}

/** The roots that are there only once a model has answered. */
export const rootsOfAnswers: readonly string[] = ["sample", "agreement"];

function itemOf(columns: readonly string[]): Type {
  const fields = new Map(columns.map((column): [string, Type] => [column, any]));
  const unknown = (field: string) => `no row has a column ${JSON.stringify(field)}`;
  return { kind: "record", fields, closed: false, unknown };
}

const sample = record("sample", {
  index: number,
  output_text: string,
  output_json: any,
  tool_calls: listOf(any),
  finish_reason: { kind: "string", values: ["stop", "length", "tool_calls", "content_filter", "refusal"] },
  logprobs: any,
  served_by: { kind: "string", values: ["first", "fallback"] },
});

const grade = record("grade", {
  score: number,
  passed: bool,
  label: string,
  expected: string,
  invalid: string,
});

const message = record("message", {
  role: { kind: "string", values: ["system", "developer", "user", "assistant", "tool"] },
  content: any,
  name: string,
  tool_calls: listOf(any),
  tool_call_id: string,
});

function record(name: string, fields: { readonly [field: string]: Type }): Type {
  return {
    kind: "record",
    fields: new Map(Object.entries(fields)),
    closed: true,
    unknown: (field) => `a ${name} has no field ${JSON.stringify(field)}`,
  };
}
