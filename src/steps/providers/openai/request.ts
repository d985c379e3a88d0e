import type { OpenAI } from "openai";
import type { ModelRequest } from "../../../runner/provider.ts";
import type { JsonObject } from "../../../runner/row.ts";

/** What is wrong with the request parameters of a prompt or model, by key; none where nothing is. */
export function checkOpenAIRequest(
  parameters: JsonObject,
): readonly { readonly key: string; readonly message: string }[] {
  return Object.keys(parameters).flatMap((key) => {
    const why = Object.hasOwn(refused, key) ? refused[key] : undefined;
    return why === undefined ? [] : [{ key, message: `a request cannot carry "${key}": ${why}` }];
  });
}

/** Parameters that would change which answer comes back, or its shape. */
const refused: { readonly [name: string]: string } = {
  model: "the model is named under models",
  messages: "the prompt's messages are sent",
  n: "several answers to an item are asked for with samples",
  stream: "answers are taken whole",
  stream_options: "answers are taken whole",
  modalities: "answers are text",
  audio: "answers are text",
};

/** The body of a chat completions request. */
export type CompletionBody = OpenAI.ChatCompletionCreateParamsNonStreaming;

/** Writes a request as the API takes it. */
export function toCompletionBody({ model, messages, parameters, metadata }: ModelRequest): CompletionBody {
  const { metadata: given, ...rest } = parameters;
  const tags = { ...(given as JsonObject | undefined), ...metadata };
  return {
    ...rest,
    // The API takes top_logprobs only together with logprobs.
    ...(parameters.top_logprobs != null && parameters.logprobs === undefined ? { logprobs: true } : {}),
    // Metadata is of completions that are kept; the API refuses it with others.
    ...(parameters.store === true && Object.keys(tags).length > 0 ? { metadata: tags } : {}),
    model,
    messages,
  } as unknown as CompletionBody;
}
