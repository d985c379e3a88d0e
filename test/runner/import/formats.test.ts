import { describe, expect, it, test } from "vitest";
import { answerKey } from "../../../src/runner/answer-key.ts";
import { readChat } from "../../../src/runner/import/chat.ts";
import { detectFormat } from "../../../src/runner/import/detect-format.ts";
import { findMisfit } from "../../../src/runner/import/find-misfit.ts";
import { formatFineTuning, formatOpenAi } from "../../../src/runner/import/format-completion.ts";
import type { ReadRecord } from "../../../src/runner/import/imported.ts";
import { readOpenAi } from "../../../src/runner/import/openai.ts";
import { formatOwn, readOwn } from "../../../src/runner/import/own.ts";
import { readPromptfoo } from "../../../src/runner/import/promptfoo.ts";
import type { JsonObject } from "../../../src/runner/row.ts";
import type { CompletionRecord } from "../../../src/runner/store.ts";

const question = { role: "user", content: "write a haiku" };

/** A stored completion as OpenAI's API lists it, with its messages fetched. */
const stored: JsonObject = {
  object: "chat.completion",
  id: "chatcmpl-AyPN",
  model: "gpt-4o-2024-08-06",
  created: 1738960610,
  request_id: "req_ded8",
  tool_choice: null,
  usage: {
    total_tokens: 31,
    completion_tokens: 18,
    prompt_tokens: 13,
    prompt_tokens_details: { cached_tokens: 4 },
  },
  seed: 49441,
  top_p: 1,
  temperature: 0.5,
  system_fingerprint: "fp_50ca",
  input_user: null,
  service_tier: "default",
  tools: null,
  metadata: { task: "haiku" },
  choices: [
    {
      index: 0,
      message: { content: "Mind of circuits hum", role: "assistant", tool_calls: null, function_call: null },
      finish_reason: "stop",
      logprobs: { content: [{ token: "Mind", logprob: -0.5, bytes: [77], top_logprobs: [] }], refusal: null },
    },
  ],
  response_format: null,
  messages: {
    object: "list",
    data: [
      { id: "chatcmpl-AyPN-0", role: "user", content: "write a haiku", name: null, content_parts: null },
    ],
  },
};

function read(
  reader: (record: JsonObject, unmapped: (field: string) => void) => ReadRecord,
  record: JsonObject,
) {
  const unmapped: string[] = [];
  const result = reader(record, (field) => unmapped.push(field));
  return { result, unmapped: unmapped.sort() };
}

describe("a stored completion of OpenAI", () => {
  it("keeps request, answer, usage, metadata and time, and tells what has no place", () => {
    const { result, unmapped } = read(readOpenAi, stored);
    expect(result).toEqual({
      completions: [
        {
          model: "gpt-4o-2024-08-06",
          messages: [question],
          parameters: { seed: 49441, top_p: 1, temperature: 0.5 },
          metadata: { task: "haiku" },
          created: 1738960610000,
          answer: {
            output_text: "Mind of circuits hum",
            tool_calls: [],
            finish_reason: "stop",
            logprobs: [{ token: "Mind", logprob: -0.5, top_logprobs: [] }],
            resolved_model: "gpt-4o-2024-08-06",
            usage: { input_tokens: 13, output_tokens: 18, cached_tokens: 4 },
            latency_ms: null,
            provider_id: "chatcmpl-AyPN",
          },
        },
      ],
    });
    expect(unmapped).toEqual(["request_id", "service_tier", "system_fingerprint"]);
  });

  it("gives one completion for every choice", () => {
    const [choice] = stored.choices as readonly JsonObject[];
    const second = { ...choice, index: 1, message: { role: "assistant", content: "another" } };
    const { result, unmapped } = read(readOpenAi, { ...stored, choices: [choice!, second] });
    const completions = "completions" in result ? result.completions : [];
    expect(completions.map(({ answer }) => [answer.output_text, answer.usage])).toEqual([
      ["Mind of circuits hum", null],
      ["another", null],
    ]);
    expect(unmapped).toContain("usage of several choices");
  });

  it("is refused without its messages, with what to do", () => {
    const { messages: _, ...bare } = stored;
    expect(read(readOpenAi, bare).result).toEqual({
      fault: expect.stringContaining("GET /chat/completions/ID/messages"),
    });
  });

  it("is a refusal where the model refused, and calls tools where it did", () => {
    const answered = (message: JsonObject, reason: string) => {
      const { result } = read(readOpenAi, {
        ...stored,
        choices: [{ index: 0, message, finish_reason: reason, logprobs: null }],
      });
      return "completions" in result ? result.completions[0]!.answer : result;
    };
    expect(answered({ role: "assistant", content: null, refusal: "I must not" }, "stop")).toMatchObject({
      output_text: "I must not",
      finish_reason: "refusal",
    });
    const call = { id: "c", type: "function", function: { name: "f", arguments: "{}" } };
    expect(answered({ role: "assistant", content: null, tool_calls: [call] }, "tool_calls")).toMatchObject({
      output_text: "",
      tool_calls: [call],
      finish_reason: "tool_calls",
    });
    expect(answered({ role: "assistant", content: "x" }, "tired")).toEqual({
      fault: 'it ended for an unknown reason, "tired"',
    });
  });
});

describe("a chat", () => {
  it("ends with the answer", () => {
    const { result, unmapped } = read(readChat, {
      messages: [question, { role: "assistant", content: "Leaves fall", weight: 1 }],
      tools: [{ type: "function", function: { name: "f" } }],
      note: "x",
    });
    expect(result).toMatchObject({
      completions: [
        {
          model: undefined,
          messages: [question],
          parameters: { tools: [{ type: "function", function: { name: "f" } }] },
          answer: { output_text: "Leaves fall", finish_reason: "stop" },
        },
      ],
    });
    expect(unmapped).toEqual(["messages[].weight", "note"]);
  });

  it.each([
    ["the user's last", { messages: [question] }, "its last message is not the assistant's"],
    ["no list", { messages: "hello" }, "its messages are no chat"],
    ["an unknown role", { messages: [{ role: "boss", content: "x" }] }, "its messages are no chat"],
    ["an empty answer", { messages: [question, { role: "assistant", content: "" }] }, "its answer is empty"],
    [
      "metadata that are too long",
      { messages: [question, { role: "assistant", content: "x" }], metadata: { k: "x".repeat(513) } },
      'metadata "k" has 513 characters, and at most 512 are stored',
    ],
    [
      "metadata that are no text",
      { messages: [question, { role: "assistant", content: "x" }], metadata: { k: 1 } },
      'its metadata "k" is no text',
    ],
  ])("is refused with %s", (_, record, fault) => {
    expect(read(readChat, record as JsonObject).result).toEqual({ fault });
  });
});

describe("a result of promptfoo", () => {
  const result: JsonObject = {
    id: "r1",
    promptIdx: 0,
    testIdx: 3,
    promptId: "p",
    provider: { id: "openai:chat:gpt-4o", label: "" },
    prompt: { raw: JSON.stringify([{ role: "system", content: "Sort." }, question]), label: "sort" },
    vars: { department: "Finance", ticket: "x".repeat(600), rows: [1] },
    response: {
      output: { team: "vpn" },
      tokenUsage: { total: 12, prompt: 9, completion: 3 },
      cached: false,
      cost: 0.002,
      latencyMs: 120,
    },
    testCase: { vars: {}, assert: [{ type: "equals", value: "vpn" }], metadata: { suite: "a" } },
    metadata: { run: 4 },
    score: 1,
    success: true,
    gradingResult: { pass: true },
  };

  it("keeps prompt, output, usage and cost; variables and metadata that fit become metadata", () => {
    const { result: read1, unmapped } = read(readPromptfoo, result);
    expect(read1).toEqual({
      completions: [
        {
          model: "gpt-4o",
          messages: [{ role: "system", content: "Sort." }, question],
          parameters: {},
          metadata: { department: "Finance", suite: "a", run: "4" },
          created: undefined,
          answer: {
            output_text: '{"team":"vpn"}',
            tool_calls: [],
            finish_reason: "stop",
            logprobs: null,
            resolved_model: null,
            usage: { input_tokens: 9, output_tokens: 3 },
            cost_usd: 0.002,
            latency_ms: 120,
            provider_id: null,
          },
        },
      ],
    });
    expect(unmapped).toEqual([
      "gradingResult",
      "score",
      "success",
      "testCase.assert",
      "vars.rows",
      "vars.ticket",
    ]);
  });

  it("is a user's message where its prompt is plain text, and none where there was no output", () => {
    expect(read(readPromptfoo, { ...result, prompt: { raw: "[sic] write" } }).result).toMatchObject({
      completions: [{ messages: [{ role: "user", content: "[sic] write" }] }],
    });
    expect(read(readPromptfoo, { ...result, response: { error: "429" } }).result).toEqual({ without: "429" });
  });
});

const completion: CompletionRecord = {
  key: answerKey({
    provider: { type: "openai" },
    model: "gpt-4o",
    messages: [question],
    parameters: { temperature: 0.5 },
    draw: { occurrence: 2, sample: 1 },
  }),
  provider: { type: "openai" },
  model: "gpt-4o",
  request: { messages: [question], temperature: 0.5 },
  sample: 1,
  answer: {
    output_text: "Leaves fall",
    tool_calls: [],
    finish_reason: "stop",
    logprobs: null,
    resolved_model: "gpt-4o-2024-08-06",
    usage: { input_tokens: 5, output_tokens: 2 },
    latency_ms: 12.5,
    provider_id: "chatcmpl-1",
  },
  created: 1738960610123,
  paid_usd: 0.0001,
  tags: [],
};

test("our own export says all that is stored, and comes back as it was", () => {
  const own = JSON.parse(
    JSON.stringify(
      formatOwn({
        ...completion,
        tags: [{ answer: completion.key, spec: "a", step: "s", item: "1", metadata: { k: "v" } }],
      }),
    ),
  );
  expect(readOwn(own)).toEqual({
    record: {
      ...completion,
      tags: [{ answer: completion.key, spec: "a", step: "s", item: "1", metadata: { k: "v" } }],
    },
  });
});

test("our own export is refused where its id is that of another request, or it is of a newer version", () => {
  const own = formatOwn(completion);
  expect(readOwn({ ...own, model: "gpt-5" })).toEqual({ fault: "its id is not that of its request" });
  expect(readOwn({ ...own, distill_completion: 2 })).toEqual({
    fault: "it is of version 2, this one knows 1",
  });
  expect(readOwn({ ...own, answer: "x" })).toEqual({ fault: "it is no completion of ours" });
});

test("what is written as OpenAI tells it is read back the same", () => {
  const { result, unmapped } = read(
    readOpenAi,
    formatOpenAi({
      ...completion,
      tags: [{ answer: "", spec: "a", step: "s", item: "1", metadata: { k: "v" } }],
    }),
  );
  expect(result).toMatchObject({
    completions: [
      {
        messages: [question],
        parameters: { temperature: 0.5 },
        metadata: { k: "v" },
        created: 1738960610000,
        answer: { ...completion.answer, latency_ms: null },
      },
    ],
  });
  expect(unmapped).toEqual([]);
});

test("a chat to learn from ends with the answer, and there is none of an answer that was cut off", () => {
  expect(formatFineTuning(completion)).toEqual({
    messages: [question, { role: "assistant", content: "Leaves fall" }],
  });
  const call = { id: "c", type: "function", function: { name: "f", arguments: "{}" } };
  const tools = [{ type: "function", function: { name: "f" } }];
  expect(
    formatFineTuning({
      ...completion,
      request: { messages: [question], tools },
      answer: { ...completion.answer, output_text: "", tool_calls: [call], finish_reason: "tool_calls" },
    }),
  ).toEqual({ messages: [question, { role: "assistant", content: null, tool_calls: [call] }], tools });
  for (const finish_reason of ["length", "content_filter", "refusal"] as const)
    expect(
      formatFineTuning({ ...completion, answer: { ...completion.answer, finish_reason } }),
    ).toBeUndefined();
});

test("formats are told apart", () => {
  expect(detectFormat(formatOwn(completion))).toBe("distill");
  expect(detectFormat(stored)).toBe("openai");
  expect(detectFormat({ messages: [], model: "m" })).toBe("chat");
  expect(detectFormat({ messages: [] })).toBe("fine-tuning");
  expect(detectFormat({ prompt: { raw: "x" }, response: {} })).toBe("promptfoo");
  expect(detectFormat({ text: "x" })).toBeUndefined();
});

test("a completion fits a spec where what it was asked with is the same, or what the provider does by itself", () => {
  const misfit = (told: JsonObject, meant: JsonObject) => findMisfit(told, meant, false)?.text;
  expect(misfit({ temperature: 0, seed: 5, top_p: 1, store: true }, { temperature: 0 })).toBeUndefined();
  expect(misfit({ temperature: 1 }, { temperature: 0 })).toBe("its temperature is 1, and the spec says 0");
  expect(misfit({ tools: [1] }, {})).toBe("its tools is [1], of which the spec says nothing");
  expect(misfit({ seed: 5 }, { seed: 6 })).toBe("its seed is 5, and the spec says 6");
});

test("what a completion does not tell was the default, unless it is said to have been as the spec asks", () => {
  const json = { type: "json_object" };
  for (const meant of [
    { response_format: json },
    { tools: [1] },
    { reasoning_effort: "high" },
    { seed: 1 },
  ]) {
    const [[name, value] = []] = Object.entries(meant);
    expect(findMisfit({}, meant as JsonObject, false)).toEqual({
      text: `it tells no ${name}, and the spec says ${JSON.stringify(value)}`,
      untold: true,
    });
    expect(findMisfit({}, meant as JsonObject, true)).toBeUndefined();
  }
  expect(
    findMisfit({}, { temperature: 1, response_format: { type: "text" }, store: true }, false),
  ).toBeUndefined();
  expect(findMisfit({ temperature: 1 }, { temperature: 0 }, true)?.untold).toBe(false);
});

test("an export of items that share a request is read in time that grows with their number alone", () => {
  const next = new Map<string, number>();
  const shared = { provider: { type: "openai" }, model: "m", messages: [question] };
  let digests = 0;
  for (let occurrence = 0; occurrence < 3000; occurrence += 1) {
    const key = answerKey({ ...shared, parameters: {}, draw: { sample: 0, occurrence } });
    const { provider, model, messages } = shared;
    const record = formatOwn({
      ...completion,
      key,
      provider,
      model,
      sample: 0,
      request: { messages },
      tags: [],
    });
    if ("record" in readOwn(record, next)) digests += 1;
    expect([...next.values()]).toEqual(occurrence === 0 ? [] : [occurrence + 1]);
  }
  expect(digests).toBe(3000);
});
