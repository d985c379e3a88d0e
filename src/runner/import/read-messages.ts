import type { Json, JsonObject } from "../row.ts";
import { isRecord, saysSomething, tellOthers } from "./fields.ts";
import type { OnUnmapped } from "./imported.ts";

/**
 * Messages of a chat, as the API takes them in a request.
 *
 * @returns undefined where they are no such messages
 */
export function readMessages(value: Json | undefined, unmapped: OnUnmapped): JsonObject[] | undefined {
  // The API lists a stored completion's messages page by page.
  const list = isRecord(value) && Array.isArray(value.data) ? (value.data as Json[]) : value;
  if (!Array.isArray(list)) return undefined;
  const messages: JsonObject[] = [];
  for (const entry of list) {
    if (!isRecord(entry) || !roles.has(entry.role)) return undefined;
    messages.push(readMessage(entry, unmapped));
  }
  return messages;
}

const roles: ReadonlySet<unknown> = new Set(["system", "developer", "user", "assistant", "tool", "function"]);

function readMessage(entry: JsonObject, unmapped: OnUnmapped): JsonObject {
  tellOthers(entry, known, { prefix: "messages[].", unmapped });
  const { role, content_parts: parts } = entry;
  const content = saysSomething(parts) ? parts! : (entry.content ?? null);
  const rest = kept.filter((name) => saysSomething(entry[name])).map((name) => [name, entry[name]!] as const);
  return { role: role!, content, ...Object.fromEntries(rest) };
}

const kept = ["name", "tool_calls", "tool_call_id", "function_call", "refusal"] as const;
/** The id that the API gives a message says no more than its place. */
const known: ReadonlySet<string> = new Set(["role", "content", "content_parts", "id", ...kept]);
