import type { ModelAnswer, Usage } from "../../../runner/provider.ts";
import type { FinishReason, Json, JsonObject, TokenLogprob } from "../../../runner/row.ts";
import type { Message } from "../../../templating/message.ts";
import { isShallow } from "../../sample.ts";

/** What a header line says for the lines after it. */
export interface RecordedHeader {
  readonly model: string | undefined;
  /** They come before each line's own. */
  readonly messages: readonly Message[];
  /** They hold where a line says nothing else. */
  readonly parameters: JsonObject;
}

/** A request with its recorded answers, in the order of samples. */
export interface RecordedRequest {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly parameters: JsonObject;
  readonly answers: readonly ModelAnswer[];
}

/** What holds before the first header. */
export const noHeader: RecordedHeader = { model: undefined, messages: [], parameters: {} };

/**
 * Reads one line: a header where it carries `"recorded": 1`, else a request under the header before it.
 * @throws Error that says what is wrong, without its place.
 */
export function readRecordedLine(
  text: string,
  header: RecordedHeader,
): { readonly header: RecordedHeader } | { readonly request: RecordedRequest } {
  const line = record(parse(text), "the line");
  return "recorded" in line ? { header: readHeader(line) } : { request: readRequest(line, header) };
}

function readHeader(line: Fields): RecordedHeader {
  only(line, ["recorded", "model", "request", "note"], "a header");
  if (line.recorded !== 1) throw new Error(`"recorded" must be 1, the version of this format`);
  const { messages = [], ...parameters } = record(line.request ?? {}, `"request"`);
  return {
    model: optional(line.model, text, `"model"`),
    messages: readMessages(messages),
    parameters: parameters as JsonObject,
  };
}

function readRequest(line: Fields, header: RecordedHeader): RecordedRequest {
  only(line, ["id", "model", "messages", "request", "answers"], "a request");
  const model = optional(line.model, text, `"model"`) ?? header.model;
  if (model === undefined) {
    throw new Error(`no model: name it here or in a header, { "recorded": 1, "model": "…" }`);
  }
  const request = record(line.request ?? {}, `"request"`);
  if ("messages" in request) throw new Error(`a line's messages stand in "messages", not in "request"`);
  const answers = list(line.answers, `"answers"`);
  if (answers.length === 0) throw new Error(`"answers" is empty`);
  return {
    model,
    messages: [...header.messages, ...readMessages(line.messages ?? [])],
    parameters: { ...header.parameters, ...request } as JsonObject,
    answers: answers.map(readAnswer),
  };
}

function readMessages(value: unknown): readonly Message[] {
  return list(value, `"messages"`).map((entry) => {
    const message = record(entry, "a message");
    if (!roles.includes(message.role)) throw new Error(`a message's role must be one of ${roles.join(", ")}`);
    return entry as Message;
  });
}

const roles: readonly unknown[] = ["system", "developer", "user", "assistant", "tool"];

const reasons: readonly unknown[] = ["stop", "length", "tool_calls", "content_filter", "refusal"];

function readAnswer(value: unknown): ModelAnswer {
  const answer = typeof value === "string" ? { output_text: value } : record(value, "an answer");
  only(
    answer,
    ["output_text", "finish_reason", "tool_calls", "logprobs", "usage", "cost_usd", "latency_ms", "model"],
    "an answer",
  );
  const toolCalls = optional(answer.tool_calls, list, `"tool_calls"`) ?? [];
  const reason = answer.finish_reason ?? (toolCalls.length > 0 ? "tool_calls" : "stop");
  const cost = optional(answer.cost_usd, amount, `"cost_usd"`);
  if (!reasons.includes(reason)) throw new Error(`"finish_reason" must be one of ${reasons.join(", ")}`);
  return {
    output_text: text(answer.output_text, `"output_text"`),
    tool_calls: toolCalls as readonly Json[],
    finish_reason: reason as FinishReason,
    logprobs: optional(answer.logprobs, readLogprobs, `"logprobs"`) ?? null,
    resolved_model: optional(answer.model, text, `"model"`) ?? null,
    usage: optional(answer.usage, readUsage, `"usage"`) ?? null,
    ...(cost !== undefined && { cost_usd: cost }),
    latency_ms: optional(answer.latency_ms, amount, `"latency_ms"`) ?? null,
    provider_id: null,
  };
}

function readLogprobs(value: unknown, name: string): readonly TokenLogprob[] {
  return list(value, name).map((entry) => {
    const { token, logprob, top_logprobs } = record(entry, "a token of logprobs");
    const own = { token: text(token, `"token"`), logprob: number(logprob, `"logprob"`) };
    const rivals = optional(top_logprobs, readLogprobs, `"top_logprobs"`);
    return rivals === undefined ? own : { ...own, top_logprobs: rivals };
  });
}

function readUsage(value: unknown, name: string): Usage {
  const { input_tokens, output_tokens } = record(value, name);
  return {
    input_tokens: amount(input_tokens, `"input_tokens"`),
    output_tokens: amount(output_tokens, `"output_tokens"`),
  };
}

type Fields = { readonly [name: string]: unknown };

function parse(text: string): unknown {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`no JSON: ${(error as Error).message}`);
  }
  if (!isShallow(value, maxDepth)) throw new Error(`nested more than ${maxDepth} levels deep`);
  return value;
}

// As deep as what is hashed may be.
const maxDepth = 200;

function only(fields: Fields, known: readonly string[], what: string): void {
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`${what} has no field ${JSON.stringify(unknown)}; it has ${known.join(", ")}`);
  }
}

/** Undefined and null stay undefined. */
function optional<T>(value: unknown, read: (value: unknown, name: string) => T, name: string): T | undefined {
  return value == null ? undefined : read(value, name);
}

function record(value: unknown, name: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new Error(`${name} must be an object`);
}

function list(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error(`${name} must be a list`);
}

function text(value: unknown, name: string): string {
  if (typeof value === "string") return value;
  throw new Error(`${name} must be a text`);
}

function number(value: unknown, name: string): number {
  if (typeof value === "number") return value;
  throw new Error(`${name} must be a number`);
}

function amount(value: unknown, name: string): number {
  const given = number(value, name);
  if (given >= 0) return given;
  throw new Error(`${name} must not be negative`);
}
