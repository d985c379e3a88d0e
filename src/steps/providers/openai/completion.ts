import type { ModelAnswer, Usage } from "../../../runner/provider.ts";
import type { FinishReason, Json, TokenLogprob } from "../../../runner/row.ts";

/** A completion as an answer, or why it is none. */
export type ReadCompletion =
  | { readonly answer: ModelAnswer }
  /** `again`: the server may do better when it is asked once more. */
  | { readonly fault: string; readonly again: boolean };

/** Reads the text that a chat completions server sent with status 200. */
export function readCompletionText(text: string, latencyMs: number | null): ReadCompletion {
  if (text === "") return bad("an empty body");
  try {
    return readCompletion(JSON.parse(text), latencyMs);
  } catch {
    if (/^\s*</.test(text)) return bad("HTML instead of JSON");
    return bad(/^\s*[{[]/.test(text) ? "JSON that ends or breaks in the middle" : "text instead of JSON");
  }
}

/** Reads a completion that was JSON; trusts none of it. `latencyMs` is null where it was not measured. */
export function readCompletion(body: unknown, latencyMs: number | null): ReadCompletion {
  if (!isRecord(body)) return bad("JSON that is no object");
  if (isRecord(body.error)) return bad(`an error with status 200: ${String(body.error.message)}`);
  if (!Array.isArray(body.choices)) return bad("an answer without choices");
  const choice: unknown = body.choices[0];
  if (!isRecord(choice)) return bad("an answer with no choice in it");
  const { message } = choice;
  if (!isRecord(message)) return bad("a choice without a message");

  const finishReason = readFinishReason(choice.finish_reason);
  if (finishReason === undefined) {
    return { fault: `the unknown finish_reason ${JSON.stringify(choice.finish_reason)}`, again: false };
  }
  const toolCalls = readToolCalls(message);
  if (toolCalls === undefined) return bad("tool_calls that are no list");
  const refusal = typeof message.refusal === "string" && message.refusal !== "" ? message.refusal : undefined;
  const content = message.content ?? (message.content === null || toolCalls.length > 0 ? "" : undefined);
  if (refusal === undefined && typeof content !== "string") return bad("a message whose content is no text");
  // Nothing was said, and nothing cut it off.
  if (
    (finishReason === "stop" || finishReason === "tool_calls") &&
    refusal === undefined &&
    content === "" &&
    toolCalls.length === 0
  )
    return bad("a message without content");
  const logprobs = readLogprobs(choice.logprobs);
  if (logprobs === undefined) return bad("logprobs of another shape");
  const cost = readCost(body.usage);

  return {
    answer: {
      output_text: refusal ?? (content as string),
      tool_calls: toolCalls,
      finish_reason: refusal === undefined ? finishReason : "refusal",
      logprobs,
      resolved_model: typeof body.model === "string" ? body.model : null,
      usage: readUsage(body.usage),
      ...(cost !== undefined && { cost_usd: cost }),
      latency_ms: latencyMs === null ? null : Math.round(latencyMs * 10) / 10,
      provider_id: typeof body.id === "string" ? body.id : null,
    },
  };
}

type Fields = { readonly [name: string]: unknown };

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bad(fault: string): ReadCompletion {
  return { fault, again: true };
}

function readFinishReason(value: unknown): FinishReason | undefined {
  switch (value) {
    case "stop":
    case "length":
    case "tool_calls":
    case "content_filter":
      return value;
    // The older name, from models and servers that call one function rather than tools.
    case "function_call":
      return "tool_calls";
    default:
      return undefined;
  }
}

function readToolCalls(message: Fields): readonly Json[] | undefined {
  if (message.function_call != null) return [{ type: "function", function: message.function_call as Json }];
  const calls = message.tool_calls ?? [];
  return Array.isArray(calls) ? calls : undefined;
}

/** Null where there are none, undefined where they cannot be read. */
function readLogprobs(value: unknown): readonly TokenLogprob[] | null | undefined {
  if (value == null) return null;
  const content = isRecord(value) ? value.content : undefined;
  if (content == null) return null;
  return Array.isArray(content) ? collect(content, readTokenLogprob) : undefined;
}

function readTokenLogprob(value: unknown): TokenLogprob | undefined {
  const token = readToken(value);
  const given = isRecord(value) ? (value.top_logprobs ?? []) : [];
  const rivals = Array.isArray(given) ? collect(given, readToken) : undefined;
  if (token === undefined || rivals === undefined) return undefined;
  return rivals.length === 0 ? token : { ...token, top_logprobs: rivals };
}

function readToken(value: unknown): { readonly token: string; readonly logprob: number } | undefined {
  return isRecord(value) && typeof value.token === "string" && typeof value.logprob === "number"
    ? { token: value.token, logprob: value.logprob }
    : undefined;
}

/** Every entry read, or undefined where one of them cannot be. */
function collect<T>(
  entries: readonly unknown[],
  read: (entry: unknown) => T | undefined,
): readonly T[] | undefined {
  const all: T[] = [];
  for (const entry of entries) {
    const value = read(entry);
    if (value === undefined) return undefined;
    all.push(value);
  }
  return all;
}

function readUsage(value: unknown): Usage | null {
  if (!isRecord(value)) return null;
  const { prompt_tokens, completion_tokens, prompt_tokens_details: details } = value;
  if (typeof prompt_tokens !== "number" || typeof completion_tokens !== "number") return null;
  const cached = isRecord(details) ? details.cached_tokens : undefined;
  return {
    input_tokens: prompt_tokens,
    output_tokens: completion_tokens,
    ...(typeof cached === "number" && { cached_tokens: cached }),
  };
}

// OpenRouter's field; others leave it out.
function readCost(usage: unknown): number | undefined {
  const cost = isRecord(usage) ? usage.cost : undefined;
  return typeof cost === "number" && Number.isFinite(cost) && cost >= 0 ? cost : undefined;
}
