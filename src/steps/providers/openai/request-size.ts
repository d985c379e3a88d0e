import type { ModelRequest } from "../../../runner/provider.ts";
import type { JsonObject } from "../../../runner/row.ts";
import type { ContentPart, Message } from "../../../templating/message.ts";
import type { RequestSize } from "../limiter/token-bounds.ts";

/** How large a request is, from its body as it is sent. */
export function measureRequest({ model, messages, parameters }: ModelRequest, body: string): RequestSize {
  let bytes = Buffer.byteLength(body);
  let attachments = 0;
  for (const part of messages.flatMap(partsOf)) {
    if (part.type === "text") continue;
    attachments += 1;
    // What an image takes does not depend on how many bytes it has.
    bytes -= JSON.stringify(part).length;
  }
  return { model, bytes: Math.max(1, bytes), attachments, outputLimit: readOutputLimit(parameters) };
}

function partsOf({ content }: Message): readonly ContentPart[] {
  return typeof content === "object" && content !== null ? content : [];
}

function readOutputLimit({ max_completion_tokens: most, max_tokens: older }: JsonObject): number | undefined {
  const limit = most ?? older;
  return typeof limit === "number" ? limit : undefined;
}
