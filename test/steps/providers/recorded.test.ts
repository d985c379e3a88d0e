import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ModelRequest } from "../../../src/runner/provider.ts";
import { recorded } from "../../../src/steps/providers/recorded.ts";

const user = (content: string) => ({ role: "user", content }) as const;
const system = { role: "system", content: "Be brief." } as const;

const header = {
  recorded: 1,
  model: "large",
  request: { messages: [system], temperature: 0, response_format: { type: "json_object" } },
};

async function open(lines: readonly unknown[] | string | Buffer, params: { identity?: string } = {}) {
  const file = join(await mkdtemp(join(tmpdir(), "recorded-")), "a.jsonl");
  const text = Array.isArray(lines) ? lines.map((line) => JSON.stringify(line)).join("\n") : lines;
  await writeFile(file, text as string | Buffer);
  const connection = await recorded.open({
    params: { path: "data/a.jsonl", ...params },
    file: (path) => (path === "data/a.jsonl" ? file : "?"),
    secret: () => undefined,
    allowsOrigin: () => false,
    shared: (_name, make) => make(),
  });
  return (request: Partial<ModelRequest> = {}, draw: { occurrence?: number; sample?: number } = {}) =>
    connection.answer(
      {
        model: "large",
        messages: [system, user("a")],
        parameters: { response_format: { type: "json_object" }, temperature: 0 },
        draw: { occurrence: 0, sample: 0, ...draw },
        ...request,
      },
      { concurrency: 1, timeoutMs: 1000, retries: 0 },
      new AbortController().signal,
    );
}

describe("a recorded request", () => {
  it("is answered with the text alone where nothing else was recorded", async () => {
    const ask = await open([header, { id: "1", messages: [user("a")], answers: ["A"] }]);
    expect(await ask()).toEqual({
      output_text: "A",
      tool_calls: [],
      finish_reason: "stop",
      logprobs: null,
      resolved_model: null,
      usage: null,
      latency_ms: null,
      provider_id: null,
    });
  });

  it("is answered with everything that was recorded", async () => {
    const answer = {
      output_text: "A",
      finish_reason: "length",
      tool_calls: [{ id: "c" }],
      logprobs: [{ token: "A", logprob: -0.1, top_logprobs: [{ token: "B", logprob: -3 }] }],
      usage: { input_tokens: 3, output_tokens: 1 },
      cost_usd: 0.0004,
      latency_ms: 12.5,
      model: "large-2026",
    };
    const ask = await open([header, { messages: [user("a")], answers: [answer] }]);
    const { model, ...same } = answer;
    expect(await ask()).toEqual({ ...same, resolved_model: model, provider_id: null });
  });

  it("is found whatever the order of its keys", async () => {
    const ask = await open([header, { messages: [user("a")], answers: ["A"] }]);
    const parameters = { temperature: 0, response_format: { type: "json_object" } };
    expect((await ask({ parameters })).output_text).toBe("A");
  });

  it("gives its samples by their number and its repetitions by their occurrence", async () => {
    const line = (...answers: string[]) => ({ messages: [user("a")], answers });
    const ask = await open([header, line("A0", "A1"), line("B0")]);
    expect((await ask({}, { sample: 1 })).output_text).toBe("A1");
    expect((await ask({}, { occurrence: 1 })).output_text).toBe("B0");
    await expect(ask({}, { sample: 2 })).rejects.toThrow(
      "data/a.jsonl: 2 samples of this request recorded, and sample 3 is asked for",
    );
    await expect(ask({}, { occurrence: 2 })).rejects.toThrow(
      "data/a.jsonl: this request was recorded 2 times, and occurrence 3 is asked for",
    );
  });

  it("may stand without a header, under a later one, and change its parameters", async () => {
    const ask = await open([
      { model: "bare", messages: [user("x")], answers: ["X"] },
      header,
      { messages: [user("a")], request: { temperature: 1 }, answers: ["warm"] },
      { recorded: 1, model: "small", note: "another model" },
      { messages: [user("a")], answers: ["S"] },
    ]);
    expect((await ask({ model: "bare", messages: [user("x")], parameters: {} })).output_text).toBe("X");
    const parameters = { response_format: { type: "json_object" }, temperature: 1 };
    expect((await ask({ parameters })).output_text).toBe("warm");
    expect((await ask({ model: "small", messages: [user("a")], parameters: {} })).output_text).toBe("S");
  });

  it("is read through a byte order mark, CRLF, blank lines and a missing last line end", async () => {
    const lines = [header, { messages: [user("ä")], answers: ["Ä"] }].map((line) => JSON.stringify(line));
    const ask = await open(`\ufeff${lines.join("\r\n\r\n")}`);
    expect((await ask({ messages: [system, user("ä")] })).output_text).toBe("Ä");
  });

  it("is found among 10,000", async () => {
    const lines = Array.from({ length: 10_000 }, (_, at) => ({
      messages: [user(`q${at}`)],
      answers: [`a${at}`],
    }));
    const ask = await open([header, ...lines]);
    expect((await ask({ messages: [system, user("q9999")] })).output_text).toBe("a9999");
  });
});

describe("a request that was not recorded is a failure that names what differs", () => {
  it.each<[Partial<ModelRequest>, string]>([
    [
      { parameters: { response_format: { type: "json_object" }, temperature: 1 } },
      "its messages were, but with temperature 0, not 1",
    ],
    [
      { parameters: { temperature: 0 } },
      'its messages were, but with response_format {"type":"json_object"}',
    ],
    [
      { parameters: { response_format: { type: "json_object" }, temperature: 0, seed: 5 } },
      "its messages were, but without seed (5)",
    ],
    [{ model: "small" }, "its messages were, but of model large, not small"],
    [{ messages: [system, user("b")] }, "its model and parameters were, but with other messages"],
    [{ messages: [system, user("b")], model: "small" }, "its messages were not"],
  ])("%j", async (request, message) => {
    const ask = await open([header, { messages: [user("a")], answers: ["A"] }]);
    const failure = await ask(request).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      name: "RequestFailure",
      scope: "request",
      message: `data/a.jsonl: this request was not recorded: ${message}`,
      hint: "record this request in that file, or let another provider answer it",
    });
  });
});

describe("a bad line is an error with its place", () => {
  const good = { messages: [user("a")], answers: ["A"] };
  it.each<[string, unknown, string]>([
    ["a list", [], "the line must be an object"],
    ["another version", { recorded: 2 }, '"recorded" must be 1'],
    ["an unknown field of a header", { recorded: 1, modle: "x" }, 'a header has no field "modle"'],
    ["an unknown field", { ...good, answer: "A" }, 'a request has no field "answer"'],
    ["no answers", { messages: [user("a")] }, '"answers" must be a list'],
    ["an empty list of answers", { ...good, answers: [] }, '"answers" is empty'],
    [
      "an answer without text",
      { ...good, answers: [{ finish_reason: "stop" }] },
      '"output_text" must be a text',
    ],
    [
      "an unknown finish_reason",
      { ...good, answers: [{ output_text: "A", finish_reason: "eos" }] },
      '"finish_reason" must be one of',
    ],
    [
      "a negative cost",
      { ...good, answers: [{ output_text: "A", cost_usd: -1 }] },
      '"cost_usd" must not be negative',
    ],
    [
      "negative usage",
      { ...good, answers: [{ output_text: "A", usage: { input_tokens: -1, output_tokens: 0 } }] },
      '"input_tokens" must not be negative',
    ],
    [
      "an unknown role",
      { ...good, messages: [{ role: "robot", content: "" }] },
      "a message's role must be one of",
    ],
    ["messages in the request", { ...good, request: { messages: [] } }, "a line's messages stand in"],
  ])("%s", async (_title, line, message) => {
    const opening = open([header, good, line]);
    await expect(opening).rejects.toThrow("data/a.jsonl:3: ");
    await expect(opening).rejects.toMatchObject({ name: "RequestFailure", scope: "stop" });
    await expect(opening).rejects.toThrow(message);
  });

  it("where it is no JSON, names no model, or is no UTF-8", async () => {
    await expect(open("{}}\n")).rejects.toThrow("data/a.jsonl:1: no JSON: ");
    await expect(open([good])).rejects.toThrow("data/a.jsonl:1: no model");
    await expect(open(Buffer.from([0x7b, 0xff, 0x7d]))).rejects.toMatchObject({
      name: "StepFailure",
      message: "data/a.jsonl is not UTF-8",
    });
  });

  it("where it nests so deeply that no answer of it could be kept", async () => {
    const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
    const line = `{"model":"large","messages":[],"answers":[{"output_text":"","tool_calls":[${deep}]}]}`;
    await expect(open(line)).rejects.toThrow("data/a.jsonl:1: nested more than 200 levels deep");
  });
});

describe("the provider", () => {
  it("is told apart by its identity alone; its file's content is the runner's to add", () => {
    expect(recorded.identity({ path: "a.jsonl" })).toEqual({ type: "recorded" });
    expect(recorded.identity({ path: "b.jsonl", identity: "x" })).toEqual({
      type: "recorded",
      identity: "x",
    });
  });

  it("costs nothing and reaches nothing", () => {
    expect(recorded).toMatchObject({ free: true, kept: true });
    expect(recorded.origin).toBeUndefined();
  });
});
