import { hash } from "node:crypto";
import { type CompletionRequest, type SchemaNode, textOf } from "./validate.ts";

/** What a scripted model says; what is left out is filled in. */
export interface ScriptedAnswer {
  readonly content: string | null;
  /** @defaultValue `stop`, or `tool_calls` where there are some. */
  readonly finish_reason?: string;
  readonly refusal?: string;
  readonly tool_calls?: readonly object[];
  readonly function_call?: { readonly name: string; readonly arguments: string };
}

/** Answers the n-th good request (from 0) of this very content; must be a function of its arguments. */
export type AnswerScript = (
  request: CompletionRequest,
  n: number,
) => ScriptedAnswer | Promise<ScriptedAnswer>;

/** Answers by a hash of model and messages; where the temperature is not 0, of `n` too. */
export function hashedAnswer(request: CompletionRequest, n: number): ScriptedAnswer {
  const draw = request.temperature === 0 ? 0 : n;
  const digest = hash("sha256", JSON.stringify([request.model, request.messages, draw]));
  const format = request.response_format;
  if (format?.type === "json_object") return { content: JSON.stringify({ answer: digest.slice(0, 8) }) };
  if (format?.type === "json_schema") {
    return { content: JSON.stringify(instanceOf(format.json_schema?.schema ?? {}, digest)) };
  }
  const choice = typeof request.tool_choice === "object" ? request.tool_choice.function?.name : undefined;
  const tool =
    choice ?? (request.tool_choice === "required" ? request.tools?.[0]?.function?.name : undefined);
  if (tool !== undefined) {
    const call = {
      id: `call_${digest.slice(0, 24)}`,
      type: "function",
      function: { name: tool, arguments: "{}" },
    };
    return { content: null, tool_calls: [call] };
  }
  return { content: `answer ${digest.slice(0, 8)}` };
}

/** The API's completion object; of its fields, those that the server itself reads. */
export interface Completion {
  readonly id: string;
  readonly model: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number };
}

/** What a request's messages count as. */
export function promptTokens(request: CompletionRequest): number {
  return request.messages.reduce((sum, message) => sum + 4 + tokensOf(textOf(message)).length, 3);
}

/** Shapes a scripted answer as the API's completion object. */
export function completionOf(
  scripted: ScriptedAnswer,
  request: CompletionRequest,
  facts: { readonly id: string; readonly model: string; readonly created: number },
): Completion {
  const prompt_tokens = promptTokens(request);
  const tokens = tokensOf(scripted.content ?? scripted.refusal ?? "");
  const choices = Array.from({ length: request.n ?? 1 }, (_, index) => ({
    index,
    message: {
      role: "assistant",
      content: scripted.content,
      refusal: scripted.refusal ?? null,
      annotations: [],
      ...(scripted.tool_calls === undefined ? {} : { tool_calls: scripted.tool_calls }),
      ...(scripted.function_call === undefined ? {} : { function_call: scripted.function_call }),
    },
    logprobs: request.logprobs
      ? {
          content: scripted.content === null ? null : tokens.map((token) => logprobOf(token, request)),
          refusal: null,
        }
      : null,
    finish_reason: scripted.finish_reason ?? (scripted.tool_calls ? "tool_calls" : "stop"),
  }));
  const completion_tokens = Math.max(1, tokens.length) * choices.length;
  const completion = {
    id: facts.id,
    object: "chat.completion",
    created: facts.created,
    model: facts.model,
    choices,
    usage: {
      prompt_tokens,
      completion_tokens,
      total_tokens: prompt_tokens + completion_tokens,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: {
        reasoning_tokens: 0,
        audio_tokens: 0,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0,
      },
    },
    service_tier: "default",
    system_fingerprint: `fp_${hash("sha256", facts.model).slice(0, 10)}`,
  };
  return completion;
}

/** The least value that a schema allows, its choices made by a digest. */
function instanceOf(schema: SchemaNode, digest: string): unknown {
  if (Array.isArray(schema.enum))
    return schema.enum[Number.parseInt(digest.slice(0, 6), 16) % schema.enum.length];
  if ("const" in schema) return schema.const;
  switch (schema.type) {
    case "object":
      return Object.fromEntries(
        Object.entries((schema.properties ?? {}) as { [name: string]: SchemaNode }).map(
          ([name, property]) => [name, instanceOf(property, hash("sha256", digest + name))],
        ),
      );
    case "array":
      return [];
    case "number":
      return Number.parseInt(digest.slice(0, 6), 16) / 0x1000000;
    case "integer":
      return Number.parseInt(digest.slice(0, 2), 16);
    case "boolean":
      return Number.parseInt(digest.slice(0, 2), 16) % 2 === 1;
    case "null":
      return null;
    default:
      return digest.slice(0, 8);
  }
}

function tokensOf(text: string): readonly string[] {
  return text.match(/\s*\S{1,6}/g) ?? [];
}

function logprobOf(token: string, request: CompletionRequest): object {
  const logprob = -Number.parseInt(hash("sha256", token).slice(0, 4), 16) / 0x8000;
  const rival = (rank: number) => ({
    ...tokenOf(rank === 0 ? token : `${token}~${rank}`),
    logprob: logprob - rank,
  });
  return {
    ...tokenOf(token),
    logprob,
    top_logprobs: Array.from({ length: request.top_logprobs ?? 0 }, (_, rank) => rival(rank)),
  };
}

function tokenOf(token: string): { token: string; bytes: number[] } {
  return { token, bytes: [...Buffer.from(token)] };
}
