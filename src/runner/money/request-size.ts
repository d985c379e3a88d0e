import type { Message } from "../../templating/message.ts";
import type { JsonObject } from "../row.ts";

/** Bytes of all that a model reads of a request: never fewer than its tokens, as far as text goes. */
export function requestBytes(messages: readonly Message[], parameters: JsonObject): number {
  let bytes = perRequest;
  for (const { content, name, tool_calls, tool_call_id } of messages) {
    bytes += perMessage + textBytes(name) + textBytes(tool_call_id) + jsonBytes(tool_calls);
    if (typeof content === "string") bytes += textBytes(content);
    else for (const part of content ?? []) bytes += partBytes(part);
  }
  for (const parameter of readParameters) bytes += jsonBytes(parameters[parameter]);
  return bytes;
}

/** The tokens that a request allows its answer to take; undefined where it names no limit. */
export function outputLimit(parameters: JsonObject): number | undefined {
  const limits = [parameters.max_completion_tokens, parameters.max_tokens];
  return limits.find((limit) => typeof limit === "number");
}

// What surrounds a message or a request costs tokens of its own; some three or four each.
const perMessage = 8;
const perRequest = 8;
/** Parameters that the model reads. */
const readParameters = ["tools", "functions", "response_format"];
/** Images, audio and files take as many tokens as the provider decides, whatever their bytes. */
const perAttachment = 16_384;

function partBytes(part: { readonly type: string; readonly [field: string]: unknown }): number {
  return part.type === "text" || part.type === "refusal"
    ? textBytes(part.text ?? part.refusal)
    : perAttachment;
}

function textBytes(text: unknown): number {
  return typeof text === "string" ? Buffer.byteLength(text) : 0;
}

function jsonBytes(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}
