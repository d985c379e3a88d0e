import type { JsonObject } from "../row.ts";
import { isRecord } from "./fields.ts";
import type { Format } from "./imported.ts";
import { mark } from "./own.ts";

/** The format that a record is written in; undefined where it is none of them. */
export function detectFormat(record: JsonObject): Format | undefined {
  if (mark in record) return "distill";
  if (Array.isArray(record.choices)) return "openai";
  if (Array.isArray(record.messages)) return "model" in record ? "chat" : "fine-tuning";
  if (isRecord(record.response) || (isRecord(record.prompt) && "raw" in record.prompt)) return "promptfoo";
  return undefined;
}
