import type { Message } from "../../templating/message.ts";

/** The text of the last user message: what a classifier reads. Parts that are no text are left out. */
export function lastUserText(messages: readonly Message[]): string {
  const content = messages.findLast((message) => message.role === "user")?.content ?? "";
  if (typeof content === "string") return content;
  return content.flatMap((part) => (typeof part.text === "string" ? [part.text] : [])).join("\n");
}
