import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import type { FakeOpenAI } from "./fake-openai/index.ts";
import { call, clientOf, good, json, post, start, tool, user } from "./fake-openai/rig.ts";

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
    [
      "an image that is no URL",
      { ...good, messages: [user([{ type: "image_url", image_url: { url: "cat.png" } }])] },
      "messages[0].content[0].image_url.url",
    ],
    [
      "audio without a format",
      { ...good, messages: [user([{ type: "input_audio", input_audio: { data: "UklGRg==" } }])] },
      "messages[0].content[0].input_audio",
    ],
    [
      "a file without its name",
      { ...good, messages: [user([{ type: "file", file: { file_data: "data:x" } }])] },
      "messages[0].content[0].file",
    ],
    [
      "a text part with a field too many",
      { ...good, messages: [user([{ type: "text", text: "x", lang: "en" }])] },
      "messages[0].content[0].lang",
    ],
    ["a null top_logprobs", { ...good, logprobs: true, top_logprobs: null }, "top_logprobs"],
    ["a null stop", { ...good, stop: null }, "stop"],
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
    ["an unknown model to look at", (server) => fetch(`${server.url}/models/gpt-9`), 404],
    ["a file that is not there", (server) => fetch(`${server.url}/files/file-9/content`), 404],
    ["a batch that is not there", (server) => fetch(`${server.url}/batches/batch_9`), 404],
    ["an unknown query parameter", (server) => fetch(`${server.url}/chat/completions?created_after=1`), 400],
    ["a file list by name", (server) => fetch(`${server.url}/files?filename=a.jsonl`), 400],
    ["a batch list by order", (server) => fetch(`${server.url}/batches?order=asc`), 400],
    [
      "a form as JSON",
      (server) =>
        fetch(`${server.url}/files`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: '{"purpose":"batch"}',
        }),
      400,
    ],
    [
      "a form without its boundary",
      (server) =>
        fetch(`${server.url}/files`, {
          method: "POST",
          headers: { "content-type": "multipart/form-data; boundary=x" },
          body: "purpose=batch",
        }),
      400,
    ],
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

describe("a model", () => {
  it("is told with its shutdown date, and is gone the day after", async () => {
    const server = await start({
      shutdownDates: { "gpt-4o": "2999-12-31", "gpt-4.1-2025-04-14": "2026-01-01" },
    });
    const { models } = clientOf(server);
    expect(await models.retrieve("gpt-4o")).toMatchObject({ id: "gpt-4o", shutdown_date: "2999-12-31" });
    expect(await models.retrieve("gpt-4.1")).toMatchObject({ shutdown_date: "2026-01-01" });
    expect(await models.retrieve("gpt-4o-mini")).not.toHaveProperty("shutdown_date");
    expect((await models.list()).data.map(({ id }) => id)).toContain("gpt-4o-2024-08-06");
    expect((await post(server, good)).status).toBe(200);
    expect((await post(server, { ...good, model: "gpt-4.1" })).status).toBe(404);
  });
});

describe("as a process", () => {
  async function startProcess(...flags: readonly string[]): Promise<{ readonly url: string }> {
    const main = join(import.meta.dirname, "fake-openai", "main.ts");
    const child = spawn(process.execPath, [main, ...flags], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(async () => {
      child.kill();
      await once(child, "exit");
    });
    const [url] = await once(createInterface({ input: child.stdout }), "line");
    return { url };
  }

  const newFile = async (name: string) => join(await mkdtemp(join(tmpdir(), "fake-")), name);

  it("prints its URL first, and its ledger file tells of a call before and after the answer", async () => {
    const file = await newFile("calls.jsonl");
    const server = await startProcess("--latency", "300", "--ledger", file);
    const lines = async () =>
      (await readFile(file, "utf8"))
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    const answer = post(server, good);
    await expect.poll(async () => lines().catch(() => [])).toHaveLength(1);
    expect((await answer).status).toBe(200);
    expect(await lines()).toMatchObject([
      { event: "request", order: 0, method: "POST", body: good },
      { event: "answer", order: 0, status: 200 },
    ]);
  });

  it("takes what it is to be like from its flags", async () => {
    const file = await newFile("stored.jsonl");
    const stored = {
      id: "chatcmpl-old",
      created: 1,
      request: { ...good, store: true },
      answer: { content: "x" },
    };
    await writeFile(file, `${JSON.stringify(stored)}\n`);
    const server = await startProcess(
      ...["--preload", file, "--rate-limits", '{"requestsPerMinute":1}'],
      ...["--shutdown-dates", '{"gpt-4o":"2999-12-31"}', "--route-faults", '{"GET /models":["unavailable"]}'],
      ...["--batch", '{"maxBytes":1}'],
    );
    const client = clientOf(server);
    expect((await client.chat.completions.list()).data).toMatchObject([{ id: "chatcmpl-old" }]);
    expect(await client.models.retrieve("gpt-4o")).toMatchObject({ shutdown_date: "2999-12-31" });
    await expect(client.models.list()).rejects.toMatchObject({ status: 503 });
    expect([(await post(server, good)).status, (await post(server, good)).status]).toEqual([200, 429]);
    await expect(
      client.files.create({ file: new File(["{}"], "a.jsonl"), purpose: "batch" }),
    ).rejects.toMatchObject({ status: 413 });
  });
});
