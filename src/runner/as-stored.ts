import type { Message } from "../templating/message.ts";
import { RenderError } from "../templating/render-error.ts";
import type { Prompt } from "./asking.ts";
import type { Json, JsonObject } from "./row.ts";
import { isObject } from "./spec.ts";

/** What stands in place of a prompt's name where rows are to be asked what they were asked before. */
export const asStored = "as_stored";

/** Sends a stored completion's own messages, tools and response_format; `request` is what is known of all rows. */
export function openStored(request: JsonObject): Prompt {
  return {
    request,
    requestFor: ({ item }) => storedContract(item as Json),
    render({ messages }) {
      if (Array.isArray(messages) && messages.length > 0) return messages as readonly Message[];
      throw new RenderError("missing", "messages", "it has no messages of its own");
    },
  };
}

/** Of a request what an answer must keep to; how it is sampled is the business of the model that is asked. */
export function contractOf(request: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(request).filter(([name]) => contract.includes(name)));
}

const contract = ["tools", "tool_choice", "parallel_tool_calls", "response_format"];

function storedContract(item: Json): JsonObject {
  // A dataset may have a column of the same name that is no request.
  return isObject(item) && isObject(item.request) && Array.isArray(item.messages)
    ? contractOf(item.request)
    : {};
}
