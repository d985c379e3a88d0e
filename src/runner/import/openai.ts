import type { Json, JsonObject } from "../row.ts";
import { isRecord, numberOf, parameters, requestParameters, tellOthers, textOf } from "./fields.ts";
import type { Imported, OnUnmapped, ReadRecord } from "./imported.ts";
import { readMessages } from "./read-messages.ts";
import { readMetadata } from "./read-metadata.ts";
import { readReply } from "./read-reply.ts";

/** A stored completion as OpenAI's API tells it, with its request's messages in `messages`: one for every choice. */
export function readOpenAi(record: JsonObject, unmapped: OnUnmapped): ReadRecord {
  const { choices } = record;
  if (!Array.isArray(choices) || choices.length === 0) return { fault: "it has no choices" };
  const messages = readMessages(record.messages ?? record.input, unmapped);
  if (messages === undefined)
    return {
      fault:
        "the messages of its request are not in it: fetch them (GET /chat/completions/ID/messages) and put them in as messages",
    };
  const metadata = readMetadata(record.metadata);
  if ("fault" in metadata) return metadata;
  tellOthers(record, known, { unmapped });
  const created = numberOf(record.created);
  const completions: Imported[] = [];
  for (const choice of choices as readonly Json[]) {
    if (!isRecord(choice) || !isRecord(choice.message)) return { fault: "a choice has no message" };
    tellOthers(choice, choiceFields, { prefix: "choices[].", unmapped });
    tellOthers(choice.message, messageFields, { prefix: "choices[].message.", unmapped });
    const answer = readReply(choice.message, {
      model: textOf(record.model),
      finishReason: choice.finish_reason,
      logprobs: choice.logprobs,
      usage: choices.length === 1 ? record.usage : undefined,
      id: record.id,
      unmapped,
    });
    if ("fault" in answer) return answer;
    completions.push({
      model: textOf(record.model),
      messages,
      parameters: requestParameters(record),
      answer,
      metadata: metadata.metadata,
      created: created === null ? undefined : created * 1000,
    });
  }
  // Of several answers to one request nobody can say what each took.
  if (choices.length > 1 && isRecord(record.usage)) unmapped("usage of several choices");
  return { completions };
}

const known: ReadonlySet<string> = new Set([
  ...parameters,
  "id",
  "object",
  "model",
  "created",
  "choices",
  "messages",
  "input",
  "metadata",
  "usage",
]);
const choiceFields: ReadonlySet<string> = new Set(["index", "message", "finish_reason", "logprobs"]);
const messageFields: ReadonlySet<string> = new Set([
  "role",
  "content",
  "refusal",
  "tool_calls",
  "function_call",
]);
