import { closest, distance } from "fastest-levenshtein";
import type { OpenAI } from "openai";
import type { ModelRequest, RequestFault } from "../../../runner/provider.ts";
import type { Json, JsonObject } from "../../../runner/row.ts";

/** What is wrong with the request parameters of a prompt or model, by key; none where nothing is. */
export function checkOpenAIRequest(parameters: JsonObject): readonly RequestFault[] {
  return Object.entries(parameters).flatMap(([key, value]) => {
    const fault = checkParameter(key, value as Json, parameters);
    return fault === undefined ? [] : [{ key, ...fault }];
  });
}

function checkParameter(
  key: string,
  value: Json,
  parameters: JsonObject,
): Omit<RequestFault, "key"> | undefined {
  const why = Object.hasOwn(refused, key) ? refused[key] : undefined;
  if (why !== undefined) return { message: `a request cannot carry "${key}": ${why}` };
  if (secretKeys.test(key) || holdsSecret(value))
    return {
      message: `"${key}" looks like a secret, and requests are kept as they are sent`,
      hint: "name the environment variable that holds it as api_key_env of the provider",
    };
  if (key === "max_tokens" && parameters.max_completion_tokens !== undefined)
    return {
      message: "max_tokens and max_completion_tokens say the same: a request carries one of them",
      hint: "OpenAI takes max_completion_tokens, older servers max_tokens",
    };
  if (known.has(key) || key.length < 4 || key.length > longestKey) return undefined;
  const near = closest(key, [...known]);
  // A guess from far off would be wrong of most servers' own parameters.
  if (distance(key, near) > 2) return undefined;
  return {
    severity: "warning",
    message: `the API has no "${key}", though this server may`,
    hint: `did you mean "${near}"?`,
  };
}

/** Comparing longer ones takes time, and none is so long. */
const longestKey = 100;

/** Parameters under which only a secret can stand. */
const secretKeys = /^(x[-_])?(api[-_]?key|authorization)$/i;

/** True where a text is a key as OpenAI and those that follow it write them, at whatever depth. */
function holdsSecret(value: Json): boolean {
  if (typeof value === "string") return /^(Bearer\s+)?sk-[\w-]{16,}$/i.test(value);
  return (
    value !== null &&
    typeof value === "object" &&
    Object.values(value).some((one) => holdsSecret(one as Json))
  );
}

/** What the API takes, and what servers that speak it often take beside. */
const known: ReadonlySet<string> = new Set(
  `frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens metadata
  parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_retention reasoning_effort
  response_format safety_identifier seed service_tier stop store temperature tool_choice tools top_logprobs top_p
  user verbosity web_search_options
  best_of chat_template_kwargs guided_choice guided_grammar guided_json guided_regex ignore_eos include_reasoning
  length_penalty min_p min_tokens mirostat mirostat_eta mirostat_tau models num_ctx num_predict plugins provider
  reasoning repeat_penalty repetition_penalty skip_special_tokens stop_token_ids structured_outputs thinking top_a
  top_k transforms typical_p use_beam_search`.split(/\s+/),
);

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
