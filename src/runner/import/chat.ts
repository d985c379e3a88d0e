import type { JsonObject } from "../row.ts";
import { numberOf, parameters, requestParameters, tellOthers, textOf } from "./fields.ts";
import type { OnUnmapped, ReadRecord } from "./imported.ts";
import { readMessages } from "./read-messages.ts";
import { readMetadata } from "./read-metadata.ts";
import { readReply } from "./read-reply.ts";

/** A chat of which the last message is the answer: chat JSONL, and OpenAI's format for fine-tuning. */
export function readChat(record: JsonObject, unmapped: OnUnmapped): ReadRecord {
  const messages = readMessages(record.messages, unmapped);
  if (messages === undefined) return { fault: "its messages are no chat" };
  const reply = messages.at(-1);
  if (reply?.role !== "assistant") return { fault: "its last message is not the assistant's" };
  const metadata = readMetadata(record.metadata);
  if ("fault" in metadata) return metadata;
  tellOthers(record, known, { unmapped });
  const model = textOf(record.model);
  const answer = readReply(reply, {
    model,
    finishReason: record.finish_reason,
    usage: record.usage,
    id: record.id,
    unmapped,
  });
  if ("fault" in answer) return answer;
  const created = numberOf(record.created);
  return {
    completions: [
      {
        model,
        messages: messages.slice(0, -1),
        parameters: requestParameters(record),
        answer,
        metadata: metadata.metadata,
        created: created === null ? undefined : created * 1000,
      },
    ],
  };
}

const known: ReadonlySet<string> = new Set([
  ...parameters,
  "id",
  "messages",
  "model",
  "metadata",
  "created",
  "finish_reason",
  "usage",
]);
