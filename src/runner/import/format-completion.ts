import type { Json, JsonObject } from "../row.ts";
import { type CompletionRecord, isByHand } from "../store.ts";

/** A completion as OpenAI's API tells a stored one, with the messages of its request in `messages`. */
export function formatOpenAi(completion: CompletionRecord): JsonObject {
  const { key, model, request, answer, tags, created } = completion;
  const { messages = [], ...parameters } = request;
  const { usage, finish_reason: reason } = answer;
  return {
    id: answer.provider_id ?? `chatcmpl-${key}`,
    object: "chat.completion",
    created: Math.floor(created / 1000),
    model: answer.resolved_model ?? model,
    ...parameters,
    messages,
    choices: [
      {
        index: 0,
        message: replyOf(completion),
        finish_reason: reason === "refusal" ? "stop" : reason,
        logprobs:
          answer.logprobs === null ? null : { content: answer.logprobs as unknown as Json, refusal: null },
      },
    ],
    ...(usage !== null && {
      usage: {
        prompt_tokens: usage.input_tokens,
        completion_tokens: usage.output_tokens,
        total_tokens: usage.input_tokens + usage.output_tokens,
        ...(usage.cached_tokens !== undefined && {
          prompt_tokens_details: { cached_tokens: usage.cached_tokens },
        }),
      },
    }),
    metadata: metadataOf(tags),
  };
}

/** A completion as a chat to learn from; undefined where the answer did not end by itself. */
export function formatFineTuning(completion: CompletionRecord): JsonObject | undefined {
  const { request, answer } = completion;
  if (answer.finish_reason !== "stop" && answer.finish_reason !== "tool_calls") return undefined;
  const { role, content, tool_calls: calls } = replyOf(completion);
  const reply = calls === undefined ? { role, content } : { role, content, tool_calls: calls };
  const { messages = [], tools, parallel_tool_calls: parallel } = request;
  return {
    messages: [...(messages as readonly Json[]), reply as Json],
    ...(tools !== undefined && { tools }),
    ...(parallel !== undefined && { parallel_tool_calls: parallel }),
  };
}

function replyOf({ answer }: CompletionRecord) {
  const { output_text: text, tool_calls: calls, finish_reason: reason } = answer;
  return {
    role: "assistant",
    content: reason === "refusal" || (text === "" && calls.length > 0) ? null : text,
    refusal: reason === "refusal" ? text : null,
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

/** What every step and hand said of it; the last word is the hand's. */
function metadataOf(tags: CompletionRecord["tags"]): { readonly [key: string]: string } {
  const ordered = [...tags.filter((tag) => !isByHand(tag)), ...tags.filter(isByHand)];
  return Object.assign({}, ...ordered.map(({ metadata }) => metadata));
}
