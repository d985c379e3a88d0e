import type { Message } from "../../templating/message.ts";

/** What a classifier reads: the text of the last user message, its text parts one a line; undefined where there is none. */
export function lastUserText(messages: readonly Message[]): string | undefined {
  const content = messages.findLast(({ role }) => role === "user")?.content;
  if (content === undefined || content === null) return undefined;
  if (typeof content === "string") return content;
  const texts = content.flatMap(({ type, text }) =>
    type === "text" && typeof text === "string" ? [text] : [],
  );
  return texts.length === 0 ? undefined : texts.join("\n");
}
