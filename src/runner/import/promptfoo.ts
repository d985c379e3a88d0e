import { checkMetadata } from "../metadata-limits.ts";
import type { ModelAnswer } from "../provider.ts";
import type { Json, JsonObject } from "../row.ts";
import { isRecord, numberOf, saysSomething, tellOthers, textOf } from "./fields.ts";
import type { OnUnmapped, ReadRecord } from "./imported.ts";
import { readMessages } from "./read-messages.ts";

/** One result of `promptfoo eval -o output.json`: its variables and metadata become metadata, as far as they fit. */
export function readPromptfoo(record: JsonObject, unmapped: OnUnmapped): ReadRecord {
  const prompt = isRecord(record.prompt) ? record.prompt.raw : record.prompt;
  if (typeof prompt !== "string") return { fault: "it has no prompt.raw" };
  const response = isRecord(record.response) ? record.response : {};
  const error = textOf(record.error) ?? textOf(response.error);
  if (response.output === undefined || response.output === null)
    return error === undefined ? { fault: "it has no response.output" } : { without: error };
  tellOthers(record, known, { unmapped });
  tellOthers(response, responseFields, { prefix: "response.", unmapped });
  const model = modelOf(record.provider);
  const tokens = isRecord(response.tokenUsage) ? response.tokenUsage : {};
  const input = numberOf(tokens.prompt);
  const output = numberOf(tokens.completion);
  const refused = response.isRefusal === true;
  const answer: ModelAnswer = {
    output_text: typeof response.output === "string" ? response.output : JSON.stringify(response.output),
    tool_calls: [],
    finish_reason: refused ? "refusal" : response.finishReason === "length" ? "length" : "stop",
    logprobs: null,
    resolved_model: null,
    usage: input === null || output === null ? null : { input_tokens: input, output_tokens: output },
    cost_usd: numberOf(response.cost) ?? numberOf(record.cost),
    // What promptfoo had kept took it no time.
    latency_ms:
      response.cached === true ? null : (numberOf(response.latencyMs) ?? numberOf(record.latencyMs)),
    provider_id: null,
  };
  return {
    completions: [
      {
        model,
        messages: readPrompt(prompt),
        parameters: {},
        answer,
        metadata: readTags(record, unmapped),
        created: undefined,
      },
    ],
  };
}

/** A prompt that is written as JSON is a chat; any other is what the user says. */
function readPrompt(prompt: string): readonly JsonObject[] {
  if (/^\s*\[/.test(prompt))
    try {
      const messages = readMessages(JSON.parse(prompt), () => {});
      if (messages !== undefined && messages.length > 0) return messages;
    } catch {
      // A text that begins with a bracket.
    }
  return [{ role: "user", content: prompt }];
}

/** `openai:chat:gpt-4o` → `gpt-4o`. */
function modelOf(provider: Json | undefined): string | undefined {
  const id = textOf(isRecord(provider) ? provider.id : provider);
  return id?.replace(/^[\w-]+:(?:(?:chat|responses|completion|messages):)?/, "") || undefined;
}

function readTags(record: JsonObject, unmapped: OnUnmapped): { readonly [key: string]: string } {
  const testCase = isRecord(record.testCase) ? record.testCase : {};
  tellOthers(testCase, testFields, { prefix: "testCase.", unmapped });
  let tags: { readonly [key: string]: string } = {};
  for (const [source, values] of [
    ["vars", record.vars],
    ["metadata", testCase.metadata],
    ["metadata", record.metadata],
  ] as const) {
    if (!isRecord(values)) continue;
    for (const [key, value] of Object.entries(values)) {
      if (!saysSomething(value)) continue;
      const more = typeof value === "object" ? undefined : { ...tags, [key]: String(value) };
      if (more === undefined || checkMetadata(more).length > 0) unmapped(`${source}.${key}`);
      else tags = more;
    }
  }
  return tags;
}

const known: ReadonlySet<string> = new Set([
  "cost",
  "error",
  // They number and name what stands here in full.
  "id",
  "latencyMs",
  "metadata",
  "prompt",
  "promptId",
  "promptIdx",
  "provider",
  "response",
  "testCase",
  "testIdx",
  "tokenUsage",
  "vars",
]);
const responseFields: ReadonlySet<string> = new Set([
  "cached",
  "cost",
  "error",
  "finishReason",
  "isRefusal",
  "latencyMs",
  "output",
  "tokenUsage",
]);
const testFields: ReadonlySet<string> = new Set(["metadata", "vars"]);
