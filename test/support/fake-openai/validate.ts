import { type ApiError, invalid } from "./api-error.ts";
import { checkSchema } from "./check-schema.ts";
import { isReasoningModel } from "./models.ts";
import { requestSchema } from "./request-schema.ts";

/** A message of a request that was found valid. */
export interface RequestMessage {
  readonly role: string;
  readonly content?: string | readonly { readonly type: string; readonly text?: string }[] | null;
  readonly tool_calls?: readonly { readonly id: string }[];
  readonly tool_call_id?: string;
}

/** The parts of a valid request that answers depend on. */
export interface CompletionRequest {
  readonly model: string;
  readonly messages: readonly RequestMessage[];
  readonly temperature?: number | null;
  readonly n?: number | null;
  readonly store?: boolean | null;
  readonly metadata?: { readonly [key: string]: string } | null;
  readonly logprobs?: boolean | null;
  readonly top_logprobs?: number | null;
  readonly top_p?: number | null;
  readonly seed?: number | null;
  readonly presence_penalty?: number | null;
  readonly frequency_penalty?: number | null;
  readonly user?: string;
  readonly max_completion_tokens?: number | null;
  readonly max_tokens?: number | null;
  readonly reasoning_effort?: string | null;
  readonly stream?: boolean | null;
  readonly stream_options?: object | null;
  readonly modalities?: readonly string[] | null;
  readonly audio?: object | null;
  readonly tools?: readonly { readonly function?: { readonly name: string } }[];
  readonly tool_choice?: string | { readonly function?: { readonly name: string } };
  readonly parallel_tool_calls?: boolean;
  readonly response_format?: {
    readonly type: string;
    readonly json_schema?: { readonly schema?: SchemaNode; readonly strict?: boolean | null };
  };
}

/** A JSON Schema as `response_format` carries it. */
export type SchemaNode = { readonly [keyword: string]: unknown };

const checkFields = checkSchema(requestSchema);

/** Checks a body as the API does: its schema first, then the rules between fields. */
export function validateRequest(body: unknown): ApiError | undefined {
  const wrong = checkFields(body);
  if (wrong !== undefined) return wrong;
  const request = body as CompletionRequest;
  for (const rule of rules) {
    const fault = rule(request);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const rules: readonly ((request: CompletionRequest) => ApiError | undefined)[] = [
  ({ response_format, messages }) =>
    response_format?.type === "json_object" && !messages.some((message) => /json/i.test(textOf(message)))
      ? invalid(
          "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
          "messages",
        )
      : undefined,
  ({ response_format }) =>
    response_format?.json_schema?.strict
      ? strictSchemaFault(response_format.json_schema.schema, [])
      : undefined,
  ({ top_logprobs, logprobs }) =>
    top_logprobs != null && !logprobs
      ? invalid("'top_logprobs' is only allowed when 'logprobs' is enabled.", "top_logprobs")
      : undefined,
  ({ metadata, store }) =>
    metadata != null && !store
      ? invalid("The 'metadata' parameter is only allowed when 'store' is enabled.", "metadata")
      : undefined,
  ({ max_tokens, max_completion_tokens }) =>
    max_tokens != null && max_completion_tokens != null
      ? invalid(
          "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
          "max_tokens",
        )
      : undefined,
  ({ stream, stream_options }) =>
    stream_options != null && !stream
      ? invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options")
      : undefined,
  ({ stream }) =>
    stream ? invalid("This server does not stream.", "stream", "unsupported_value") : undefined,
  ({ modalities, audio }) =>
    modalities?.includes("audio") || audio != null
      ? invalid("This model does not support audio output.", "modalities", "unsupported_value")
      : undefined,
  ({ tools, tool_choice, parallel_tool_calls }) =>
    tools === undefined && (tool_choice !== undefined || parallel_tool_calls !== undefined)
      ? invalid(
          "'tool_choice' and 'parallel_tool_calls' are only allowed when 'tools' are specified.",
          "tools",
        )
      : undefined,
  ({ tools, tool_choice }) => {
    const name = typeof tool_choice === "object" ? tool_choice.function?.name : undefined;
    return name !== undefined && !tools?.some((tool) => tool.function?.name === name)
      ? invalid(`Tool choice '${name}' not found in 'tools' parameter.`, "tool_choice")
      : undefined;
  },
  ({ model, temperature, max_tokens, logprobs }) => {
    if (!isReasoningModel(model)) return undefined;
    if (temperature != null && temperature !== 1) {
      return invalid("Only the default (1) temperature is supported.", "temperature", "unsupported_value");
    }
    if (max_tokens != null) {
      return invalid("Use 'max_completion_tokens' instead.", "max_tokens", "unsupported_parameter");
    }
    return logprobs
      ? invalid("'logprobs' is not supported.", "logprobs", "unsupported_parameter")
      : undefined;
  },
  ({ model, reasoning_effort }) =>
    reasoning_effort != null && !isReasoningModel(model)
      ? invalid("Unrecognized request argument supplied: reasoning_effort", "reasoning_effort")
      : undefined,
  ({ messages }) => conversationFault(messages),
];

/** Every tool call is followed by its tool messages, and every tool message follows a call. */
function conversationFault(messages: readonly RequestMessage[]): ApiError | undefined {
  let open = new Set<string>();
  for (const [index, message] of messages.entries()) {
    if (message.role === "tool") {
      if (open.delete(message.tool_call_id ?? "")) continue;
      return invalid(
        "Messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
        `messages.[${index}].role`,
      );
    }
    if (open.size > 0) return unanswered(open);
    open = new Set(message.tool_calls?.map((call) => call.id));
    if (message.role === "assistant" && !hasContent(message)) {
      return invalid(
        "Expected one of 'content', 'refusal', 'audio', 'tool_calls' or 'function_call' in an assistant message.",
        `messages.[${index}].content`,
      );
    }
  }
  return open.size > 0 ? unanswered(open) : undefined;
}

function unanswered(open: ReadonlySet<string>): ApiError {
  return invalid(
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
      `The following tool_call_ids did not have response messages: ${[...open].join(", ")}`,
    "messages",
  );
}

function hasContent(message: object): boolean {
  return ["content", "refusal", "audio", "tool_calls", "function_call"].some(
    (field) => (message as { readonly [name: string]: unknown })[field] != null,
  );
}

/** A strict schema closes every object and requires every property. */
function strictSchemaFault(schema: unknown, path: readonly string[]): ApiError | undefined {
  if (schema === null || typeof schema !== "object") return undefined;
  const node = schema as SchemaNode;
  if (node.type === "object") {
    const where = `In context=(${path.map((name) => `'${name}'`).join(", ")})`;
    const names = Object.keys((node.properties ?? {}) as object);
    const required = Array.isArray(node.required) ? node.required : [];
    if (node.additionalProperties !== false) {
      return invalidSchema(`${where}, 'additionalProperties' is required to be supplied and to be false.`);
    }
    const missing = names.find((name) => !required.includes(name));
    if (missing !== undefined) {
      return invalidSchema(
        `${where}, 'required' has to include every key in properties. Missing '${missing}'.`,
      );
    }
  }
  for (const [key, value] of Object.entries(node)) {
    const fault = strictSchemaFault(value, [...path, key]);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function invalidSchema(message: string): ApiError {
  return invalid(`Invalid schema for response_format: ${message}`, "response_format");
}

/** All text of a message. */
export function textOf(message: RequestMessage): string {
  if (typeof message.content === "string") return message.content;
  return (message.content ?? []).map((part) => part.text ?? "").join("");
}
