import type OpenAI from "openai";
import { toFile } from "openai";
import { describe, expect, it } from "vitest";
import { contentHash } from "./index.ts";
import { clientOf, good, json, post, start, user } from "./rig.ts";

describe("a batch", () => {
  const lineOf = (text: string, body: object = {}) => ({
    custom_id: text,
    method: "POST",
    url: "/v1/chat/completions",
    body: { ...good, temperature: 0, messages: [user(text)], ...body },
  });
  const ten = Array.from({ length: 10 }, (_, at) => lineOf(`text ${at}`));

  async function upload(client: OpenAI, lines: readonly unknown[]): Promise<string> {
    const texts = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
    const file = await toFile(Buffer.from(texts.join("\n")), "requests.jsonl");
    return (await client.files.create({ file, purpose: "batch" })).id;
  }

  const create = async (client: OpenAI, lines: readonly unknown[]) =>
    client.batches.create({
      input_file_id: await upload(client, lines),
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
      metadata: { tag: "t" },
    });

  async function poll(client: OpenAI, id: string) {
    const statuses = [];
    for (;;) {
      const batch = await client.batches.retrieve(id);
      statuses.push(batch.status);
      if (["completed", "failed", "expired", "cancelled"].includes(batch.status)) return { batch, statuses };
    }
  }

  async function linesOf(client: OpenAI, id: string | null | undefined) {
    if (id == null) return [];
    const text = await (await client.files.content(id)).text();
    return text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  }

  it("goes from validating to completed, answers every request in no order, and is found in the list", async () => {
    const server = await start({ batch: { pollsUntilDone: 3 } });
    const client = clientOf(server);
    const made = await create(client, ten);
    expect(made).toMatchObject({ status: "validating", metadata: { tag: "t" } });
    const { batch, statuses } = await poll(client, made.id);
    expect(statuses).toEqual(["in_progress", "finalizing", "completed"]);
    expect(batch).toMatchObject({
      error_file_id: null,
      request_counts: { total: 10, completed: 10, failed: 0 },
    });
    const output = await linesOf(client, batch.output_file_id);
    const names = output.map((line) => line.custom_id);
    expect(names.toSorted()).toEqual(ten.map((line) => line.custom_id));
    expect(names).not.toEqual(names.toSorted());
    expect((await client.batches.list()).data.map(({ id }) => id)).toEqual([made.id]);
    const live = await json(post(server, ten[0]?.body));
    const same = output.find((line) => line.custom_id === "text 0").response.body;
    expect(same.choices).toEqual(live.choices);
  });

  it("counts what it bought together with live calls, whatever is kept of them", async () => {
    const server = await start({ batch: { pollsUntilDone: 1 } });
    const client = clientOf(server);
    await poll(client, (await create(client, ten)).id);
    const { messages, ...rest } = ten[0]?.body ?? good;
    await post(server, { messages, ...rest, store: true, metadata: { a: "b" } });
    expect(server.bought.get(contentHash(ten[0]?.body ?? {}))).toBe(2);
    expect(server.bought.get(contentHash(ten[1]?.body ?? {}))).toBe(1);
    expect(server.bought.size).toBe(10);
  });

  it("has some fail and some vanish, by a seed; asked again, the rest comes", async () => {
    const run = async () => {
      const client = clientOf(await start({ batch: { failRate: 0.3, dropRate: 0.3, seed: 5 } }));
      const { batch } = await poll(client, (await create(client, ten)).id);
      const failed = await linesOf(client, batch.error_file_id);
      const output = await linesOf(client, batch.output_file_id);
      const again = await poll(client, (await create(client, ten)).id);
      return { failed, output, again: await linesOf(client, again.batch.output_file_id) };
    };
    const first = await run();
    expect(first.failed.length).toBeGreaterThan(0);
    expect(first.failed[0]).toMatchObject({ response: { status_code: 500 }, error: null });
    expect(first.output.length + first.failed.length).toBeLessThan(10);
    const names = (lines: readonly { custom_id: string }[]) => lines.map((line) => line.custom_id);
    expect(names(first.again)).not.toEqual(names(first.output));
    const second = await run();
    expect(names(second.output)).toEqual(names(first.output));
    expect(names(second.failed)).toEqual(names(first.failed));
  });

  it("expires with what it has, and names the rest", async () => {
    const client = clientOf(await start({ batch: { perPoll: 3, expireAfter: 2 } }));
    const { batch, statuses } = await poll(client, (await create(client, ten)).id);
    expect(statuses).toEqual(["in_progress", "expired"]);
    expect(await linesOf(client, batch.output_file_id)).toHaveLength(6);
    const rest = await linesOf(client, batch.error_file_id);
    expect(rest).toHaveLength(4);
    expect(rest[0]).toMatchObject({ response: null, error: { code: "batch_expired" } });
  });

  it("is cancelled with what it has, and only while it runs", async () => {
    const client = clientOf(await start({ batch: { perPoll: 4 } }));
    const { id } = await create(client, ten);
    await client.batches.retrieve(id);
    expect(await client.batches.cancel(id)).toMatchObject({ status: "cancelling" });
    const { batch, statuses } = await poll(client, id);
    expect(statuses).toEqual(["cancelled"]);
    expect(await linesOf(client, batch.output_file_id)).toHaveLength(4);
    expect(batch.error_file_id).toBeNull();
    await expect(client.batches.cancel(id)).rejects.toMatchObject({ status: 409 });
  });

  it("goes by the clock where it has a duration, and by the list as well", async () => {
    const client = clientOf(await start({ batch: { durationMs: 60 } }));
    const { id } = await create(client, ten);
    await expect.poll(async () => (await client.batches.list()).data[0]?.status).toBe("completed");
    expect((await client.batches.retrieve(id)).request_counts?.completed).toBe(10);
  });

  it("answers a request that is refused among the failures, the others as ever", async () => {
    const client = clientOf(await start());
    const lines = [lineOf("a"), lineOf("b", { temperature: 3 }), lineOf("c", { colour: "red" })];
    const { batch } = await poll(client, (await create(client, lines)).id);
    expect(batch.request_counts).toEqual({ total: 3, completed: 1, failed: 2 });
    const failures = await linesOf(client, batch.error_file_id);
    expect(failures.find((line) => line.custom_id === "c")).toMatchObject({
      response: { status_code: 400, body: { error: { code: "unknown_parameter", param: "colour" } } },
    });
  });

  it.each<[string, readonly unknown[], string, number | null]>([
    ["an empty file", [], "empty_file", null],
    ["a line that is no JSON", [lineOf("a"), "{"], "invalid_json_line", 2],
    ["a name twice", [lineOf("a"), lineOf("a")], "duplicate_custom_id", 2],
    ["two models", [lineOf("a"), lineOf("b", { model: "gpt-4.1" })], "mismatched_model", 2],
    ["another URL", [{ ...lineOf("a"), url: "/chat/completions" }], "invalid_url", 1],
    ["another method", [{ ...lineOf("a"), method: "post" }], "invalid_method", 1],
    ["no custom_id", [{ ...lineOf("a"), custom_id: undefined }], "missing_required_parameter", 1],
    ["an unknown key", [{ ...lineOf("a"), id: "a" }], "unknown_parameter", 1],
    ["too many requests", [...ten, lineOf("x")], "too_many_tasks", null],
  ])("fails as a whole with %s", async (_title, lines, code, line) => {
    const server = await start({ batch: { maxRequests: 10 } });
    const client = clientOf(server);
    const { batch } = await poll(client, (await create(client, lines)).id);
    expect(batch).toMatchObject({ status: "failed", output_file_id: null });
    expect(batch.errors?.data).toMatchObject([{ code, line }]);
    expect(server.bought.size).toBe(0);
  });

  it.each<[string, object, string]>([
    ["no window", { completion_window: undefined }, "completion_window"],
    ["a window of an hour", { completion_window: "1h" }, "completion_window"],
    ["another endpoint", { endpoint: "/v1/embeddings" }, "endpoint"],
    ["no file", { input_file_id: "file-9" }, "input_file_id"],
    ["an unknown field", { priority: 1 }, "priority"],
    ["metadata that is no text", { metadata: { a: 1 } }, "metadata.a"],
    [
      "an output that expires at once",
      { output_expires_after: { anchor: "created_at", seconds: 1 } },
      "output_expires_after.seconds",
    ],
  ])("is not made with %s", async (_title, change, param) => {
    const server = await start();
    const input_file_id = await upload(clientOf(server), ten);
    const order = { input_file_id, endpoint: "/v1/chat/completions", completion_window: "24h", ...change };
    const response = await post(server, order, { path: "/batches" });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param } }]);
    expect((await json(fetch(`${server.url}/batches`))).data).toEqual([]);
  });

  it("is not made of a training file", async () => {
    const client = clientOf(await start());
    const file = await toFile(Buffer.from("{}"), "a.jsonl");
    const { id } = await client.files.create({ file, purpose: "fine-tune" });
    await expect(
      client.batches.create({
        input_file_id: id,
        endpoint: "/v1/chat/completions",
        completion_window: "24h",
      }),
    ).rejects.toMatchObject({ status: 400, param: "input_file_id" });
  });

  it("is made though a fault loses the answer, and not made where an error below 500 refuses", async () => {
    const server = await start({ routeFaults: { "POST /batches": ["server_error", "reset", "conflict"] } });
    const client = clientOf(server);
    const input_file_id = await upload(client, ten);
    const order = { input_file_id, endpoint: "/v1/chat/completions", completion_window: "24h" } as const;
    for (let round = 0; round < 3; round++) await expect(client.batches.create(order)).rejects.toThrow();
    expect((await client.batches.list()).data).toHaveLength(2);
  });
});
