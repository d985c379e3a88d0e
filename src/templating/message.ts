/** One part of a message's content, passed through as it is (text, image, audio, file). */
export type ContentPart = { readonly type: string; readonly [field: string]: unknown };

/** One message of a chat request, in the shape that OpenAI's chat completions take. */
export interface Message {
  /** Who speaks. */
  readonly role: "system" | "developer" | "user" | "assistant" | "tool";
  /** What is said; null where an assistant only calls tools. */
  readonly content: string | readonly ContentPart[] | null;
  /** Who speaks, where several have the same role. */
  readonly name?: string;
  /** The calls that an assistant asks for, as the API gave them. */
  readonly tool_calls?: readonly unknown[];
  /** Which call a tool answers. */
  readonly tool_call_id?: string;
}
