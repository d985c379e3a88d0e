import { afterEach, describe, expect, it } from "vitest";
import type { Batches, BatchResult, ModelRequest, RemoteBatch } from "../../../src/runner/provider.ts";
import { readBatchResults } from "../../../src/steps/providers/openai/batch-results.ts";
import { openConnection } from "../../../src/steps/providers/openai/connection.ts";
import { type FakeOpenAI, type FakeOpenAIOptions, startFakeOpenAI } from "../../support/fake-openai/index.ts";

let server: FakeOpenAI | undefined;
const { signal } = new AbortController();

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function open(options: FakeOpenAIOptions = {}): Promise<Batches> {
  server = await startFakeOpenAI(options);
  const connection = await openConnection({
    params: { base_url: server.url },
    file: (path) => path,
    secret: () => undefined,
    allowsOrigin: () => false,
    shared: (_name, make) => make(),
  });
  return connection.batches!;
}

function requestOf(text: string, parameters: ModelRequest["parameters"] = {}): ModelRequest {
  return {
    model: "gpt-4o",
    messages: [{ role: "user", content: text }],
    parameters,
    draw: { occurrence: 0, sample: 0 },
  };
}

function fileOf(batches: Batches, texts: readonly string[]): string {
  return texts.map((text, index) => `${batches.line(`id-${index}`, requestOf(text))}\n`).join("");
}

async function untilEnded(batches: Batches, { id }: RemoteBatch): Promise<RemoteBatch> {
  for (;;) {
    const batch = await batches.read(id, signal);
    if (batch.state === "ended") return batch;
  }
}

async function resultsOf(batches: Batches, batch: RemoteBatch): Promise<readonly BatchResult[]> {
  const results: BatchResult[] = [];
  for await (const result of batches.results(batch, signal)) results.push(result);
  return results.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

const callsOf = (path: string) => server!.ledger.filter((call) => `${call.method} ${call.path}` === path);

describe("batches of an OpenAI server", () => {
  it("go up as a file, are known again by their tag, and come down with one result each", async () => {
    const batches = await open();
    const created = await batches.create(fileOf(batches, ["one", "two", "three"]), "tag-1", signal);
    expect(created).toMatchObject({ state: "running", status: "validating", refusal: undefined, files: [] });
    expect((await batches.find("tag-1", signal)).map(({ id }) => id)).toEqual([created.id]);
    expect(await batches.find("tag-2", signal)).toEqual([]);

    const ended = await untilEnded(batches, created);
    expect(ended.counts).toEqual({ total: 3, completed: 3, failed: 0 });
    const results = await resultsOf(batches, ended);
    expect(results.map(({ id }) => id)).toEqual(["id-0", "id-1", "id-2"]);
    expect(results[0]).toMatchObject({
      answer: { finish_reason: "stop", latency_ms: null, resolved_model: "gpt-4o-2024-08-06" },
    });
    expect([...server!.bought.values()]).toEqual([1, 1, 1]);
  });

  it("tell which of their requests were refused, and which may succeed another time", async () => {
    const batches = await open();
    const file = [
      batches.line("good", requestOf("one")),
      batches.line("bad", requestOf("two", { temperature: 9 })),
      "",
    ].join("\n");
    const ended = await untilEnded(batches, await batches.create(file, "t", signal));
    const [bad, good] = await resultsOf(batches, ended);
    expect(good).toMatchObject({ answer: { finish_reason: "stop" } });
    expect(bad).toMatchObject({
      id: "bad",
      again: false,
      fault: expect.stringMatching(/^400: .*temperature/),
    });

    const expiring = await open({ batch: { pollsUntilDone: 5, expireAfter: 2 } });
    const texts = Array.from({ length: 20 }, (_, index) => `text ${index}`);
    const partial = await untilEnded(expiring, await expiring.create(fileOf(expiring, texts), "t", signal));
    expect(partial.status).toBe("expired");
    const results = await resultsOf(expiring, partial);
    const open_ = results.filter((result) => !("answer" in result));
    expect(open_.length).toBeGreaterThan(0);
    expect(open_.every((result) => "again" in result && result.again)).toBe(true);
    expect(results.length - open_.length).toBe(partial.counts.completed);
  });

  it("that the server refuses as a whole say why", async () => {
    const batches = await open();
    const file = `${fileOf(batches, ["one"])}${fileOf(batches, ["two"])}`;
    const ended = await untilEnded(batches, await batches.create(file, "t", signal));
    expect(ended).toMatchObject({
      status: "failed",
      refusal: "line 2: The custom_id 'id-0' was used more than once",
    });
    expect(await resultsOf(batches, ended)).toEqual([]);
  });

  it("are cancelled, and what was answered by then can be fetched", async () => {
    const batches = await open({ batch: { pollsUntilDone: 10 } });
    const created = await batches.create(fileOf(batches, ["one", "two", "three", "four"]), "t", signal);
    for (let poll = 0; poll < 5; poll += 1) await batches.read(created.id, signal);
    expect((await batches.cancel(created.id, signal)).state).toBe("cancelling");
    const ended = await untilEnded(batches, created);
    expect(ended).toMatchObject({ status: "cancelled" });
    const answered = (await resultsOf(batches, ended)).filter((result) => "answer" in result);
    expect(answered).toHaveLength(ended.counts.completed);
    expect((await batches.cancel(created.id, signal)).status).toBe("cancelled");
  });

  it.each(["server_error", "reset"] as const)(
    "whose creation ended in %s are not sent a second time",
    async (fault) => {
      const batches = await open({ routeFaults: { "POST /batches": [fault] } });
      await expect(batches.create(fileOf(batches, ["one"]), "t", signal)).rejects.toMatchObject({
        scope: "request",
      });
      expect(callsOf("POST /v1/batches")).toHaveLength(1);
      expect(await batches.find("t", signal)).toHaveLength(1);
    },
  );

  it("whose creation is refused leave no file behind, and stop the step", async () => {
    const batches = await open({ routeFaults: { "POST /batches": ["unauthorized"] } });
    await expect(batches.create(fileOf(batches, ["one"]), "t", signal)).rejects.toMatchObject({
      scope: "stop",
    });
    expect(server!.ledger.filter(({ method }) => method === "DELETE")).toHaveLength(1);
    expect(await batches.find("t", signal)).toEqual([]);
  });

  it("are uploaded and read again where the network fails", async () => {
    const batches = await open({
      routeFaults: {
        "POST /files": ["server_error", "reset"],
        "GET /batches/{id}": ["server_error"],
        "GET /files/{id}/content": ["reset", "truncated"],
      },
    });
    const ended = await untilEnded(batches, await batches.create(fileOf(batches, ["one"]), "t", signal));
    await expect(resultsOf(batches, ended)).rejects.toThrow("breaks in the middle");
    expect(await resultsOf(batches, ended)).toHaveLength(1);
    expect(callsOf("POST /v1/batches")).toHaveLength(1);
  });

  it("that the server no longer knows say how to let go of them", async () => {
    const batches = await open();
    const hint = expect.stringContaining("distill cancel --forget");
    await expect(batches.read("batch_gone", signal)).rejects.toMatchObject({ scope: "stop", hint });
    const ended = await untilEnded(batches, await batches.create(fileOf(batches, ["one"]), "t", signal));
    const fileless = { ...ended, files: ["file-gone"] };
    await expect(resultsOf(batches, fileless)).rejects.toMatchObject({ scope: "stop", hint });
  });

  it("are found in a list of many pages", async () => {
    const batches = await open();
    const first = await batches.create(fileOf(batches, ["one"]), "first", signal);
    for (let n = 0; n < 101; n += 1) await batches.create(fileOf(batches, ["one"]), `other-${n}`, signal);
    expect((await batches.find("first", signal)).map(({ id }) => id)).toEqual([first.id]);
  });
});

describe("a file of results", () => {
  async function* linesOf(text: string) {
    yield* text.split("\n");
  }
  async function read(text: string, apiKey?: string): Promise<readonly BatchResult[]> {
    const results: BatchResult[] = [];
    for await (const one of readBatchResults(linesOf(text), { origin: "https://llm.example", apiKey }))
      results.push(one);
    return results;
  }

  it("that breaks off is no result, so that it is fetched again", async () => {
    await expect(read('{"custom_id":"a","response":nu')).rejects.toThrow("ends or breaks in the middle");
    await expect(read('{"response":null,"error":null}')).rejects.toThrow("without custom_id");
  });

  it.each([
    [500, true],
    [429, true],
    [400, false],
    [404, false],
  ])("with status %d may succeed another time: %s", async (status_code, again) => {
    const line = { custom_id: "a", response: { status_code, body: { error: { message: "So\n it is." } } } };
    expect(await read(JSON.stringify(line))).toEqual([{ id: "a", fault: `${status_code}: So it is`, again }]);
  });

  it("whose body is no answer is never taken for a good one", async () => {
    const line = { custom_id: "a", response: { status_code: 200, body: { choices: [] } }, error: null };
    expect(await read(JSON.stringify(line))).toEqual([
      { id: "a", fault: "an answer with no choice in it", again: true },
    ]);
  });

  it("repeats no key, whatever it says", async () => {
    const key = "sk-canary-0123456789";
    const said = { message: `Bearer ${key} may not` };
    const lines = [
      { custom_id: "a", response: null, error: said },
      { custom_id: "b", response: { status_code: 400, body: { error: said } } },
      { custom_id: "c", response: { status_code: 200, body: { error: said } } },
    ];
    const told = JSON.stringify(await read(lines.map((line) => JSON.stringify(line)).join("\n"), key));
    expect(told.match(/may not/g)).toHaveLength(3);
    expect(told).not.toContain(key);
  });
});
