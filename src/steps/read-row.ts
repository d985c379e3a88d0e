import type { FinishReason, Grade, Json, JsonObject, Row, Sample } from "../runner/row.ts";
import type { Message } from "../templating/message.ts";
import { isShallow, parseStructured } from "./sample.ts";

/** A row, or what is wrong with the line. */
export type ReadRow =
  | { readonly ok: true; readonly row: Row }
  | { readonly ok: false; readonly message: string };

/** Reads a row that a program wrote: id and item must be there, other fields are filled, unknown ones refused. */
export function readRow(line: string): ReadRow {
  try {
    return { ok: true, row: toRow(JSON.parse(line)) };
  } catch (error) {
    if (error instanceof RowFault) return { ok: false, message: error.message };
    if (error instanceof SyntaxError) return { ok: false, message: "the line is not JSON" };
    throw error;
  }
}

class RowFault extends Error {}

// As deep as a dataset's rows may be.
const maxDepth = 1000;

function toRow(value: Json): Row {
  if (!isShallow(value, maxDepth)) throw new RowFault(`the line is nested more than ${maxDepth} levels deep`);
  const row = objectOf(value, "the line");
  refuseUnknown(row, "a row", ["id", "item", "messages", "sample", "metadata", "grades"]);
  if (typeof row.id !== "string" || row.id === "") throw new RowFault('"id" must be a text');
  return {
    id: row.id,
    item: objectOf(row.item, '"item"'),
    messages: toMessages(row.messages),
    sample:
      row.sample === undefined || row.sample === null ? null : toSample(objectOf(row.sample, '"sample"')),
    metadata: toMetadata(row.metadata),
    grades: toGrades(row.grades),
  };
}

const roles = ["system", "developer", "user", "assistant", "tool"];

function toMessages(value: Json | undefined): readonly Message[] {
  return arrayOf(value, '"messages"').map((entry) => {
    const message = objectOf(entry, "a message");
    if (!roles.includes(message.role as string))
      throw new RowFault(`a message's "role" must be one of ${roles.join(", ")}`);
    if (typeof message.content !== "string" && message.content !== null && !Array.isArray(message.content))
      throw new RowFault(`a message's "content" must be a text, a list of parts or null`);
    return message as unknown as Message;
  });
}

const finishReasons: readonly FinishReason[] = ["stop", "length", "tool_calls", "content_filter", "refusal"];

function toSample(sample: JsonObject): Sample {
  refuseUnknown(sample, "a sample", [
    "index",
    "output_text",
    "output_json",
    "tool_calls",
    "finish_reason",
    "logprobs",
    "served_by",
  ]);
  const { index = 0, output_text, finish_reason = "stop", logprobs = null } = sample;
  if (typeof index !== "number" || !Number.isSafeInteger(index) || index < 0)
    throw new RowFault('"sample.index" must be a count');
  if (typeof output_text !== "string") throw new RowFault('"sample.output_text" must be a text');
  if (!finishReasons.includes(finish_reason as FinishReason))
    throw new RowFault(`"sample.finish_reason" must be one of ${finishReasons.join(", ")}`);
  if (logprobs !== null && !Array.isArray(logprobs))
    throw new RowFault('"sample.logprobs" must be a list or null');
  const served = sample.served_by;
  if (served !== undefined && served !== "first" && served !== "fallback")
    throw new RowFault('"sample.served_by" must be first or fallback');
  return {
    index,
    output_text,
    output_json: sample.output_json ?? parseStructured(output_text),
    tool_calls: arrayOf(sample.tool_calls, '"sample.tool_calls"'),
    finish_reason: finish_reason as FinishReason,
    logprobs: logprobs as unknown as Sample["logprobs"],
    ...(served !== undefined && { served_by: served }),
  };
}

function toMetadata(value: Json | undefined): Row["metadata"] {
  const metadata = value === undefined ? {} : objectOf(value, '"metadata"');
  for (const [key, entry] of Object.entries(metadata))
    if (typeof entry !== "string") throw new RowFault(`"metadata.${key}" must be a text`);
  return metadata as Row["metadata"];
}

function toGrades(value: Json | undefined): Row["grades"] {
  const grades = value === undefined ? {} : objectOf(value, '"grades"');
  for (const [name, entry] of Object.entries(grades)) {
    const grade = objectOf(entry, `"grades.${name}"`);
    if (typeof grade.score !== "number" || typeof grade.passed !== "boolean")
      throw new RowFault(`"grades.${name}" needs a score and passed`);
  }
  return grades as unknown as { readonly [grader: string]: Grade };
}

function refuseUnknown(object: JsonObject, what: string, known: readonly string[]): void {
  for (const field of Object.keys(object))
    if (!known.includes(field))
      throw new RowFault(`${what} has no field "${field}"; it has ${known.join(", ")}`);
}

function objectOf(value: Json | undefined, what: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new RowFault(`${what} must be an object`);
  return value as JsonObject;
}

function arrayOf(value: Json | undefined, what: string): readonly Json[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new RowFault(`${what} must be a list`);
  return value;
}
