import type { OpenAI } from "openai";
import type { ModelRequest } from "../../../runner/provider.ts";
import type { JsonObject } from "../../../runner/row.ts";

/** What is wrong with the request parameters of a prompt or model, one line each; none where nothing is. */
export function checkOpenAIRequest(parameters: JsonObject): readonly string[] {
  return Object.keys(parameters).flatMap((name) => {
    const why = Object.hasOwn(refused, name) ? refused[name] : undefined;
    return why === undefined ? [] : [`a request cannot carry "${name}": ${why}`];
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
export function toCompletionBody({ model, messages, parameters }: ModelRequest): CompletionBody {
  // The API takes top_logprobs only together with logprobs.
  const implied =
    parameters.top_logprobs != null && parameters.logprobs === undefined ? { logprobs: true } : {};
  return { ...parameters, ...implied, model, messages } as unknown as CompletionBody;
}
