/** One part of a message's content, passed through as it is (text, image, audio, file). */
export type ContentPart = { readonly type: string; readonly [field: string]: unknown };

/** One message of a chat request, in the shape that OpenAI's chat completions take. */
export interface Message {
  readonly role: "system" | "developer" | "user" | "assistant" | "tool";
  readonly content: string | readonly ContentPart[] | null;
  readonly name?: string;
  readonly tool_calls?: readonly unknown[];
  readonly tool_call_id?: string;
}
