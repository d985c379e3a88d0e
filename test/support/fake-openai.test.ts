import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it } from "vitest";
import { type FakeOpenAI, type FakeOpenAIOptions, startFakeOpenAI } from "./fake-openai/index.ts";

const servers: FakeOpenAI[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(options?: FakeOpenAIOptions): Promise<FakeOpenAI> {
  const server = await startFakeOpenAI(options);
  servers.push(server);
  return server;
}

function post(server: FakeOpenAI, body: unknown, init: RequestInit = {}): Promise<Response> {
  return fetch(`${server.url}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...init,
  });
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads deep into answers.
async function json(response: Promise<Response>): Promise<any> {
  return (await response).json();
}

const user = (content: unknown) => ({ role: "user", content });
const good = { model: "gpt-4o", messages: [user("Say json.")] };
const call = { id: "c1", type: "function", function: { name: "f", arguments: "{}" } };
const tool = { type: "function", function: { name: "f" } };
const schema = (extra: object) => ({
  type: "json_schema",
  json_schema: {
    name: "n",
    strict: true,
    schema: { type: "object", properties: { a: { type: "string" } }, ...extra },
  },
});

describe("a bad request is refused with 400 and the name of what is wrong", () => {
  const pairs = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, "v"]));
  it.each<[string, unknown, string | null]>([
    ["no model", { messages: good.messages }, "model"],
    ["no messages", { model: "gpt-4o" }, "messages"],
    ["empty messages", { ...good, messages: [] }, "messages"],
    ["an unknown field", { ...good, temprature: 0 }, "temprature"],
    ["an unknown field of a message", { ...good, messages: [{ ...user("x"), id: "1" }] }, "messages[0].id"],
    ["an unknown role", { ...good, messages: [{ role: "robot", content: "x" }] }, "messages[0].role"],
    ["a user message without content", { ...good, messages: [{ role: "user" }] }, "messages[0]"],
    ["a user message with null content", { ...good, messages: [user(null)] }, "messages[0].content"],
    ["no content parts", { ...good, messages: [user([])] }, "messages[0].content"],
    [
      "an unknown content part",
      { ...good, messages: [user([{ type: "video" }])] },
      "messages[0].content[0].type",
    ],
    [
      "an image for the system role",
      { ...good, messages: [{ role: "system", content: [{ type: "image_url", image_url: { url: "x" } }] }] },
      "messages[0].content[0]",
    ],
    ["a name with a space", { ...good, messages: [{ ...user("x"), name: "a b" }] }, "messages[0].name"],
    [
      "an empty assistant message",
      { ...good, messages: [{ role: "assistant", content: null }] },
      "messages.[0].content",
    ],
    [
      "a tool message without a call",
      { ...good, messages: [{ role: "tool", content: "x", tool_call_id: "c1" }] },
      "messages.[0].role",
    ],
    [
      "a call without a tool message",
      { ...good, messages: [{ role: "assistant", tool_calls: [call] }, user("x")] },
      "messages",
    ],
    ["temperature above 2", { ...good, temperature: 2.1 }, "temperature"],
    ["temperature as a text", { ...good, temperature: "0" }, "temperature"],
    ["top_p above 1", { ...good, top_p: 1.1 }, "top_p"],
    ["n of 0", { ...good, n: 0 }, "n"],
    ["max_completion_tokens of 0", { ...good, max_completion_tokens: 0 }, "max_completion_tokens"],
    ["max_completion_tokens of 1.5", { ...good, max_completion_tokens: 1.5 }, "max_completion_tokens"],
    ["both token limits", { ...good, max_tokens: 1, max_completion_tokens: 1 }, "max_tokens"],
    ["five stop sequences", { ...good, stop: ["a", "b", "c", "d", "e"] }, "stop"],
    ["top_logprobs without logprobs", { ...good, top_logprobs: 2 }, "top_logprobs"],
    ["top_logprobs of 21", { ...good, logprobs: true, top_logprobs: 21 }, "top_logprobs"],
    ["a logit bias of 101", { ...good, logit_bias: { 1: 101 } }, "logit_bias[1]"],
    [
      "json_object without the word",
      { ...good, messages: [user("x")], response_format: { type: "json_object" } },
      "messages",
    ],
    ["an unknown response_format", { ...good, response_format: { type: "yaml" } }, "response_format.type"],
    [
      "json_schema without a schema",
      { ...good, response_format: { type: "json_schema" } },
      "response_format",
    ],
    ["an open strict schema", { ...good, response_format: schema({ required: ["a"] }) }, "response_format"],
    [
      "an optional property in a strict schema",
      { ...good, response_format: schema({ additionalProperties: false, required: [] }) },
      "response_format",
    ],
    ["17 pairs of metadata", { ...good, store: true, metadata: pairs(17) }, "metadata"],
    ["a metadata key of 65", { ...good, store: true, metadata: { ["k".repeat(65)]: "v" } }, "metadata"],
    ["a metadata value of 513", { ...good, store: true, metadata: { k: "v".repeat(513) } }, "metadata.k"],
    ["a number in metadata", { ...good, store: true, metadata: { k: 1 } }, "metadata.k"],
    ["metadata without store", { ...good, metadata: { k: "v" } }, "metadata"],
    ["no tools in the list", { ...good, tools: [] }, "tools"],
    [
      "a tool name with a dot",
      { ...good, tools: [{ type: "function", function: { name: "a.b" } }] },
      "tools[0].function.name",
    ],
    ["tool_choice without tools", { ...good, tool_choice: "auto" }, "tools"],
    [
      "tool_choice of another tool",
      { ...good, tools: [tool], tool_choice: { type: "function", function: { name: "g" } } },
      "tool_choice",
    ],
    ["a reasoning effort for a model without", { ...good, reasoning_effort: "low" }, "reasoning_effort"],
    ["a temperature for a reasoning model", { ...good, model: "o4-mini", temperature: 0 }, "temperature"],
    ["max_tokens for a reasoning model", { ...good, model: "o4-mini", max_tokens: 5 }, "max_tokens"],
    ["stream_options without stream", { ...good, stream_options: {} }, "stream_options"],
    ["streaming, which the fake cannot", { ...good, stream: true }, "stream"],
    ["a list as body", [good], null],
  ])("%s", async (_title, body, param) => {
    const server = await start();
    const response = await post(server, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error", param } });
  });
});

describe("a bad transfer is refused", () => {
  it.each<[string, (server: FakeOpenAI) => Promise<Response>, number]>([
    ["an unknown path", (server) => fetch(`${server.url}/completions`, { method: "POST" }), 404],
    ["a path without /v1", (server) => fetch(server.url.replace("/v1", "/chat/completions")), 404],
    ["a wrong method", (server) => post(server, good, { method: "PUT" }), 405],
    [
      "a body that is text",
      (server) => post(server, good, { headers: { "content-type": "text/plain" } }),
      400,
    ],
    ["a body that is no JSON", (server) => post(server, "{"), 400],
    ["no body", (server) => post(server, ""), 400],
    [
      "a query",
      (server) =>
        fetch(`${server.url}/chat/completions?x=1`, {
          method: "POST",
          body: "{}",
          headers: { "content-type": "application/json" },
        }),
      400,
    ],
    ["an unknown model", (server) => post(server, { ...good, model: "gpt-9" }), 404],
    ["a list limit of 101", (server) => fetch(`${server.url}/chat/completions?limit=101`), 400],
    ["a completion that is not stored", (server) => fetch(`${server.url}/chat/completions/chatcmpl-1`), 404],
  ])("%s", async (_title, send, status) => {
    expect((await send(await start())).status).toBe(status);
  });

  it("needs the key, exactly, where the server has one", async () => {
    const server = await start({ apiKey: "sk-right" });
    const withKey = (authorization?: string) =>
      post(server, good, {
        headers: { "content-type": "application/json", ...(authorization ? { authorization } : {}) },
      });
    const statuses = [];
    for (const header of [undefined, "sk-right", "Bearer sk-wrong", "Bearer sk-right"]) {
      statuses.push((await withKey(header)).status);
    }
    expect(statuses).toEqual([401, 401, 401, 200]);
  });
});

describe("a good request", () => {
  it("is answered with usage, fingerprint and the resolved model, the same at temperature 0", async () => {
    const server = await start();
    const first = await json(post(server, { ...good, temperature: 0 }));
    const second = await json(post(server, { ...good, temperature: 0 }));
    expect(first).toMatchObject({ model: "gpt-4o-2024-08-06", object: "chat.completion" });
    expect(first.usage.total_tokens).toBe(first.usage.prompt_tokens + first.usage.completion_tokens);
    expect(first.system_fingerprint).toMatch(/^fp_/);
    expect(second.choices).toEqual(first.choices);
    expect(second.id).not.toBe(first.id);
  });

  it("is sampled anew where the temperature is not 0, in a sequence that a new server repeats", async () => {
    const texts = async () => {
      const server = await start();
      const first = await json(post(server, good));
      const second = await json(post(server, good));
      return [first, second].map((completion) => completion.choices[0].message.content);
    };
    const [one, two] = await texts();
    expect(one).not.toBe(two);
    expect(await texts()).toEqual([one, two]);
  });

  it("gets log probabilities, schema-shaped JSON and tool calls where it asks for them", async () => {
    const server = await start();
    const tokens = await json(post(server, { ...good, logprobs: true, top_logprobs: 2 }));
    expect(tokens.choices[0].logprobs.content[0].top_logprobs).toHaveLength(2);
    const format = schema({ required: ["a"], additionalProperties: false });
    const shaped = await json(post(server, { ...good, response_format: format }));
    expect(JSON.parse(shaped.choices[0].message.content)).toEqual({ a: expect.any(String) });
    const called = await json(post(server, { ...good, tools: [tool], tool_choice: "required" }));
    expect(called.choices[0]).toMatchObject({ finish_reason: "tool_calls", message: { content: null } });
  });

  it("is kept with store, and listed by metadata and model", async () => {
    const server = await start();
    const kept = await json(post(server, { ...good, store: true, metadata: { task: "a" } }));
    await post(server, { ...good, store: true, metadata: { task: "b" } });
    await post(server, good);
    const list = (query: string) => json(fetch(`${server.url}/chat/completions?${query}`));
    expect((await list("")).data).toHaveLength(2);
    expect((await list("metadata[task]=a&model=gpt-4o")).data.map((one: { id: string }) => one.id)).toEqual([
      kept.id,
    ]);
    expect((await list("model=gpt-4o-mini")).data).toEqual([]);
    const page = await list("limit=1&order=desc");
    expect(page).toMatchObject({ has_more: true, data: [{ metadata: { task: "b" } }] });
    expect((await list(`order=desc&after=${page.last_id}`)).data[0].id).toBe(kept.id);
    const messages = await json(fetch(`${server.url}/chat/completions/${kept.id}/messages`));
    expect(messages.data).toMatchObject([{ role: "user", content: "Say json." }]);
  });
});

describe("seeded faults", () => {
  it("hit the same requests in every order of arrival", async () => {
    const outcomes = async (order: readonly number[]) => {
      const server = await start({ faults: { rate: 0.5, kinds: ["server_error", "rate_limit"], seed: 3 } });
      const statuses = new Map<number, number>();
      for (const at of order)
        statuses.set(at, (await post(server, { ...good, messages: [user(`${at}`)] })).status);
      return order.map((_, at) => statuses.get(at));
    };
    const forwards = await outcomes([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(new Set(forwards).size).toBe(3);
    expect(await outcomes([7, 6, 5, 4, 3, 2, 1, 0])).toEqual(forwards);
  });
});

describe("as a process", () => {
  it("prints its URL first, and its ledger file tells of a call before and after the answer", async () => {
    const file = join(await mkdtemp(join(tmpdir(), "fake-")), "calls.jsonl");
    const main = join(import.meta.dirname, "fake-openai", "main.ts");
    const child = spawn(process.execPath, [main, "--latency", "300", "--ledger", file], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [url] = await once(createInterface({ input: child.stdout }), "line");
      const lines = async () =>
        (await readFile(file, "utf8"))
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line));
      const answer = post({ url } as FakeOpenAI, good);
      await expect.poll(async () => lines().catch(() => [])).toHaveLength(1);
      expect((await answer).status).toBe(200);
      expect(await lines()).toMatchObject([
        { event: "request", order: 0, method: "POST", body: good },
        { event: "answer", order: 0, status: 200 },
      ]);
    } finally {
      child.kill();
      await once(child, "exit");
    }
  });
});
