import type { Json, JsonObject } from "../row.ts";
import type { OnUnmapped } from "./imported.ts";

/** True for a JSON object. */
export function isRecord(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Tells of every field of a record that says something and is none of these. */
export function tellOthers(
  record: JsonObject,
  known: ReadonlySet<string>,
  { prefix = "", unmapped }: { readonly prefix?: string; readonly unmapped: OnUnmapped },
): void {
  for (const [name, value] of Object.entries(record))
    if (!known.has(name) && saysSomething(value)) unmapped(prefix + name);
}

/** False for null, and for empty texts, lists and objects. */
export function saysSomething(value: Json | undefined): boolean {
  if (value === null || value === undefined || value === "") return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

/** A text; undefined for anything else and for an empty one. */
export function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A finite number; null for anything else. */
export function numberOf(value: Json | undefined): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** The fields of a request that the chat completions API takes beside its messages, as far as they say something. */
export function requestParameters(record: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(record).filter(([name, value]) => parameters.has(name) && saysSomething(value)),
  );
}

/** Their names. */
export const parameters: ReadonlySet<string> = new Set([
  "frequency_penalty",
  "function_call",
  "functions",
  "logit_bias",
  "max_completion_tokens",
  "max_tokens",
  "modalities",
  "parallel_tool_calls",
  "prediction",
  "presence_penalty",
  "reasoning_effort",
  "response_format",
  "seed",
  "stop",
  "temperature",
  "tool_choice",
  "tools",
  "top_logprobs",
  "top_p",
  "verbosity",
  "web_search_options",
]);
