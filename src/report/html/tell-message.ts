import type { ContentPart, Message } from "../../templating/message.ts";

/** A message as the page tells it. */
export type ToldMessage = readonly [role: string, text: string];

/** A message's text: of what is not text, only what it is. */
export function tellMessage({ role, name, content, tool_calls = [] }: Message): ToldMessage {
  const said = typeof content === "string" ? content : (content ?? []).map(tellPart).join("\n");
  const calls = tool_calls.map((call) => JSON.stringify(call, null, 2));
  return [name === undefined ? role : `${role} ${name}`, [said, ...calls].filter(Boolean).join("\n")];
}

function tellPart(part: ContentPart): string {
  return typeof part.text === "string" ? part.text : `[${part.type}]`;
}
