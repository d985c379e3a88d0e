import { expect, test } from "vitest";
import { rowType } from "../../src/expression/row-type.ts";
import type { Grade, Row, Sample } from "../../src/runner/row.ts";
import type { Message } from "../../src/templating/message.ts";

/** Every name of a type: a name more or less does not compile. */
const fields = <T>() => ({
  of: (names: Record<keyof T, true>) => Object.keys(names).sort(),
});

const row = fields<Row & { readonly agreement: number }>().of({
  id: true,
  item: true,
  messages: true,
  sample: true,
  metadata: true,
  grades: true,
  agreement: true,
});
const sample = fields<Sample>().of({
  index: true,
  output_text: true,
  output_json: true,
  tool_calls: true,
  finish_reason: true,
  logprobs: true,
  served_by: true,
});
const grade = fields<Grade>().of({ score: true, passed: true, label: true, expected: true, invalid: true });
const message = fields<Message>().of({
  role: true,
  content: true,
  name: true,
  tool_calls: true,
  tool_call_id: true,
});

test("an expression knows the fields that rows, samples, grades and messages have", () => {
  const roots = rowType({});
  const namesOf = (type: unknown) => [...(type as { fields: Map<string, unknown> }).fields.keys()].sort();
  const elementOf = (name: string) => (roots.get(name) as { of: unknown }).of;
  expect([...roots.keys()].sort()).toEqual(row);
  expect(namesOf(roots.get("sample"))).toEqual(sample);
  expect(namesOf(elementOf("grades"))).toEqual(grade);
  expect(namesOf(elementOf("messages"))).toEqual(message);
});
