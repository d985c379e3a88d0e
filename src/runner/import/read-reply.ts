import type { ModelAnswer, Usage } from "../provider.ts";
import type { FinishReason, Json, JsonObject, TokenLogprob } from "../row.ts";
import { isRecord, numberOf, saysSomething, tellOthers, textOf } from "./fields.ts";
import type { OnUnmapped } from "./imported.ts";

/** What is known of an answer beside the assistant's message. */
export interface ReplyContext {
  readonly model: string | undefined;
  readonly finishReason?: Json | undefined;
  readonly logprobs?: Json | undefined;
  readonly usage?: Json | undefined;
  readonly id?: Json | undefined;
  readonly unmapped: OnUnmapped;
}

/** An assistant's message as an answer, or what is wrong with it. */
export function readReply(
  message: JsonObject,
  context: ReplyContext,
): ModelAnswer | { readonly fault: string } {
  const { unmapped } = context;
  const { content = null, refusal } = message;
  const calls = readCalls(message);
  if (calls === undefined) return { fault: "its tool_calls are no list" };
  const text = textOf(refusal) ?? readContent(content, unmapped);
  if (text === undefined) return { fault: "its answer is no text" };
  if (text === "" && calls.length === 0 && context.finishReason === undefined)
    return { fault: "its answer is empty" };
  const reason = readReason(context.finishReason, { refusal, calls });
  if (reason === undefined)
    return { fault: `it ended for an unknown reason, ${JSON.stringify(context.finishReason)}` };
  return {
    output_text: text,
    tool_calls: calls,
    finish_reason: reason,
    logprobs: readLogprobs(context.logprobs, unmapped),
    resolved_model: context.model ?? null,
    usage: readUsage(context.usage, unmapped),
    latency_ms: null,
    provider_id: textOf(context.id) ?? null,
  };
}

function readContent(content: Json, unmapped: OnUnmapped): string | undefined {
  if (content === null) return "";
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return undefined;
  const texts: string[] = [];
  for (const part of content as readonly Json[]) {
    if (isRecord(part) && typeof part.text === "string") texts.push(part.text);
    else unmapped(`answer parts of type ${isRecord(part) ? String(part.type) : typeof part}`);
  }
  return texts.join("");
}

function readCalls(message: JsonObject): readonly Json[] | undefined {
  const { tool_calls: calls, function_call: call } = message;
  if (saysSomething(calls)) return Array.isArray(calls) ? calls : undefined;
  return saysSomething(call) ? [{ type: "function", function: call! }] : [];
}

function readReason(
  value: Json | undefined,
  { refusal, calls }: { readonly refusal: Json | undefined; readonly calls: readonly Json[] },
): FinishReason | undefined {
  if (saysSomething(refusal)) return "refusal";
  if (!saysSomething(value)) return calls.length > 0 ? "tool_calls" : "stop";
  if (value === "function_call") return "tool_calls";
  return reasons.find((reason) => reason === value);
}

const reasons: readonly FinishReason[] = ["stop", "length", "tool_calls", "content_filter", "refusal"];

function readUsage(value: Json | undefined, unmapped: OnUnmapped): Usage | null {
  if (!isRecord(value)) return null;
  tellOthers(value, usageFields, { prefix: "usage.", unmapped });
  const input = numberOf(value.prompt_tokens);
  const output = numberOf(value.completion_tokens);
  if (input === null || output === null) return null;
  const details = value.prompt_tokens_details;
  const cached = isRecord(details) ? numberOf(details.cached_tokens) : null;
  return { input_tokens: input, output_tokens: output, ...(cached !== null && { cached_tokens: cached }) };
}

/** Details say of what the tokens were; only the cached ones have another price. */
const usageFields: ReadonlySet<string> = new Set([
  "prompt_tokens",
  "completion_tokens",
  "total_tokens",
  "prompt_tokens_details",
  "completion_tokens_details",
]);

function readLogprobs(value: Json | undefined, unmapped: OnUnmapped): readonly TokenLogprob[] | null {
  if (!isRecord(value)) {
    if (saysSomething(value)) unmapped("logprobs");
    return null;
  }
  if (saysSomething(value.refusal)) unmapped("logprobs.refusal");
  if (!Array.isArray(value.content)) return null;
  const tokens = (value.content as readonly Json[]).map(readToken);
  if (tokens.every((token) => token !== undefined)) return tokens;
  unmapped("logprobs");
  return null;
}

function readToken(value: Json): TokenLogprob | undefined {
  if (!isRecord(value) || typeof value.token !== "string" || typeof value.logprob !== "number")
    return undefined;
  const { token, logprob, top_logprobs: top } = value;
  if (!Array.isArray(top)) return { token, logprob };
  const rivals = (top as readonly Json[]).map(readToken);
  return rivals.every((rival) => rival !== undefined)
    ? { token, logprob, top_logprobs: rivals.map(({ token, logprob }) => ({ token, logprob })) }
    : { token, logprob };
}
