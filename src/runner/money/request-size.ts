import type { Message } from "../../templating/message.ts";
import type { JsonObject } from "../row.ts";

/** How large a request is, as far as that is known before it is answered. */
export interface RequestSize {
  /** Bytes of all text that a model reads of it: never fewer than its tokens. */
  readonly bytes: number;
  /** Images, audio and files in it: they take as many tokens as the provider decides, whatever their bytes. */
  readonly attachments: number;
  /** The tokens that it allows its answer to take; undefined where it names no limit. */
  readonly outputLimit: number | undefined;
}

/** Measures a request. */
export function measureRequest(messages: readonly Message[], parameters: JsonObject): RequestSize {
  let bytes = perRequest;
  let attachments = 0;
  for (const { content, name, tool_calls, tool_call_id } of messages) {
    bytes += perMessage + textBytes(name) + textBytes(tool_call_id) + jsonBytes(tool_calls);
    if (typeof content === "string") bytes += textBytes(content);
    else
      for (const part of content ?? [])
        if (part.type === "text" || part.type === "refusal") bytes += textBytes(part.text ?? part.refusal);
        else attachments += 1;
  }
  for (const parameter of readParameters) bytes += jsonBytes(parameters[parameter]);
  const limits = [parameters.max_completion_tokens, parameters.max_tokens];
  return { bytes, attachments, outputLimit: limits.find((limit) => typeof limit === "number") };
}

/** One attachment weighs as much as so many bytes of text, for estimates. */
export const attachmentBytes = 16_384;

/** Bytes of all that a model reads of a request, attachments by their weight. */
export function requestBytes(messages: readonly Message[], parameters: JsonObject): number {
  const { bytes, attachments } = measureRequest(messages, parameters);
  return bytes + attachments * attachmentBytes;
}

// What surrounds a message or a request costs tokens of its own; some three or four each.
const perMessage = 8;
const perRequest = 8;
/** Parameters that the model reads. */
const readParameters = ["tools", "functions", "response_format"];

function textBytes(text: unknown): number {
  return typeof text === "string" ? Buffer.byteLength(text) : 0;
}

function jsonBytes(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}
