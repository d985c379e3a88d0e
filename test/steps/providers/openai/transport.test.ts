import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Exchanges, WireRequest, WireResponse } from "../../../../src/runner/exchanges.ts";
import { RequestFailure } from "../../../../src/runner/provider.ts";
import { openSdk } from "../../../../src/steps/providers/openai/sdk.ts";
import { openTransport, type TransportOptions } from "../../../../src/steps/providers/openai/transport.ts";
import { startFakeOpenAI } from "../../../support/fake-openai/index.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

function open(options: Pick<TransportOptions, "origin"> & Partial<TransportOptions>) {
  const transport = openTransport({ apiKey: undefined, maxBodyBytes: 1e6, ...options });
  cleanups.push(transport.close);
  return transport;
}

const get = (origin: string, path = "/a"): WireRequest => ({ method: "GET", origin, path, body: undefined });
const patient = { timeoutMs: 5000 };

describe("the transport", () => {
  it("reaches localhost without a name server, over one kept connection", async () => {
    const ports: unknown[] = [];
    const port = await serve((request, response) => {
      ports.push(request.socket.remotePort);
      response.end("x".repeat(50));
    });
    const local = `http://localhost:${port}`;
    const transport = open({ origin: local });
    for (const _ of [1, 2]) expect(await (await transport.fetch(`${local}/a`)).text()).toHaveLength(50);
    expect(ports[1]).toBe(ports[0]);
    await expect(transport.fetch("http://127.0.0.1:1/a")).rejects.toThrow(`this connection is to ${local}`);
  });

  it("takes no body over its limit", async () => {
    const port = await serve((_request, response) => response.end("x".repeat(101)));
    const local = `http://127.0.0.1:${port}`;
    const transport = open({ origin: local, maxBodyBytes: 100 });
    await expect(transport.fetch(`${local}/a`)).rejects.toThrow("its answer is longer than 100 bytes");
    expect((await transport.send(get(local), { ...patient, maxBodyBytes: 101 })).body).toHaveLength(101);
  });

  it("hands no cookie on", async () => {
    const port = await serve((_request, response) => {
      response.setHeader("set-cookie", ["a=1", "b=2"]);
      response.end();
    });
    const origin = `http://127.0.0.1:${port}`;
    const { headers } = await open({ origin }).send(get(origin), patient);
    expect(headers).not.toHaveProperty("set-cookie");
  });

  it("sends nothing for a signal that was aborted before", async () => {
    const paths: unknown[] = [];
    const port = await serve((request, response) => {
      paths.push(request.url);
      response.end();
    });
    const origin = `http://127.0.0.1:${port}`;
    const signal = AbortSignal.abort(new Error("interrupted"));
    await expect(open({ origin }).send(get(origin), { ...patient, signal })).rejects.toThrow("interrupted");
    expect(paths).toEqual([]);
  });
});

describe("a text that is read line by line", () => {
  async function read(lines: AsyncIterable<string>): Promise<readonly string[]> {
    const all: string[] = [];
    for await (const line of lines) all.push(line);
    return all;
  }

  it("comes whole, wherever its pieces end", async () => {
    const text = Buffer.from("ä\n\nbb\nccc");
    const port = await serve(async (_request, response) => {
      for (const byte of text) {
        response.write(Buffer.of(byte));
        await new Promise(setImmediate);
      }
      response.end();
    });
    const origin = `http://127.0.0.1:${port}`;
    expect(await read(open({ origin }).lines(get(origin), patient))).toEqual(["ä", "", "bb", "ccc"]);
  });

  it("may be longer than any body, but no line longer than a line may be", async () => {
    const port = await serve((request, response) =>
      response.end(request.url === "/a" ? "x".repeat(101) : `${"x".repeat(100)}\n`.repeat(50)),
    );
    const origin = `http://127.0.0.1:${port}`;
    const transport = open({ origin, maxBodyBytes: 10 });
    const bounded = { ...patient, maxLineBytes: 100 };
    expect(await read(transport.lines(get(origin, "/b"), bounded))).toHaveLength(50);
    await expect(read(transport.lines(get(origin), bounded))).rejects.toMatchObject({
      code: "BODY_TOO_LONG",
      message: "a line of its answer is longer than 100 bytes",
    });
  });

  it("that breaks off, keeps silent, is no text or is refused fails, whatever came before", async () => {
    const port = await serve((request, response) => {
      if (request.url === "/refused") return response.writeHead(404).end('{"error":{}}');
      if (request.url === "/garbled") return response.end(Buffer.of(97, 10, 0xff, 10));
      response.writeHead(200, { "content-length": 100 });
      return response.write("a\nb", () => {
        if (request.url === "/broken") response.destroy();
      });
    });
    const origin = `http://127.0.0.1:${port}`;
    const transport = open({ origin });
    const lines = (path: string, timeoutMs = 5000) => transport.lines(get(origin, path), { timeoutMs });
    const came: string[] = [];
    await expect(
      (async () => {
        for await (const line of lines("/broken")) came.push(line);
      })(),
    ).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(came).toEqual(["a"]);
    await expect(read(lines("/silent", 50))).rejects.toMatchObject({ code: "ANSWER_TOO_LATE" });
    await expect(read(lines("/garbled"))).rejects.toMatchObject({ code: "BODY_GARBLED" });
    await expect(read(lines("/refused"))).rejects.toMatchObject({
      response: { status: 404, body: '{"error":{}}' },
    });
    const ended = AbortSignal.timeout(50);
    await expect(
      read(transport.lines(get(origin, "/silent"), { ...patient, signal: ended })),
    ).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("gives up the connection where its reader has had enough", async () => {
    const closed = Promise.withResolvers<void>();
    const port = await serve((_request, response) => {
      response.on("close", () => closed.resolve());
      response.write("a\n");
    });
    const origin = `http://127.0.0.1:${port}`;
    for await (const line of open({ origin }).lines(get(origin), patient)) {
      expect(line).toBe("a");
      break;
    }
    await closed.promise;
  });

  it("is written down whole where exchanges are, and served from there", async () => {
    const port = await serve((_request, response) => response.end("a\nb\n"));
    const origin = `http://127.0.0.1:${port}`;
    const recorded: WireResponse[] = [];
    const recording = open({
      origin,
      exchanges: { mode: "record", record: (_request, response) => recorded.push(response) },
    });
    expect(await read(recording.lines(get(origin), patient))).toEqual(["a", "b", ""]);
    const replaying = open({ origin, exchanges: { mode: "replay", find: () => recorded[0]! } });
    expect(await read(replaying.lines(get(origin), patient))).toEqual(["a", "b", ""]);
  });
});

describe("a form", () => {
  it("is the same bytes each time, and arrives as the SDK meant it", async () => {
    const server = await startFakeOpenAI();
    cleanups.push(server.close);
    const bodies: WireRequest["body"][] = [];
    const transport = open({
      origin: new URL(server.url).origin,
      exchanges: { mode: "record", record: (request) => bodies.push(request.body) },
    });
    const client = await openSdk({ base_url: server.url, transport });
    const line = JSON.stringify({
      custom_id: "a",
      method: "POST",
      url: "/v1/chat/completions",
      body: { model: "gpt-4o", messages: [{ role: "user", content: "Hellö\r\n--x" }] },
    });
    for (const _ of [1, 2]) {
      const file = await client.files.create({
        file: new File([`${line}\n`], 'a "b".jsonl'),
        purpose: "batch",
      });
      expect(await (await client.files.content(file.id)).text()).toBe(`${line}\n`);
    }
    const parts = [
      { name: "file", filename: 'a "b".jsonl', content: `${line}\n` },
      { name: "purpose", content: "batch" },
    ];
    expect(bodies.filter((body) => body !== undefined)).toEqual([
      expect.arrayContaining(parts),
      expect.arrayContaining(parts),
    ]);
    const types = server.ledger.flatMap(({ headers }) => headers["content-type"] ?? []);
    expect(types[0]).toMatch(/^multipart\/form-data; boundary=[0-9a-f]{64}$/);
    expect(types[1]).toBe(types[0]);
  });
});

describe("exchanges", () => {
  const answer: WireResponse = { status: 200, headers: { "x-a": "1" }, body: '{"a":1}' };

  it("are written down as they happen, with the key as a secret and never as a header", async () => {
    const port = await serve((_request, response) => response.writeHead(404, { "x-a": "1" }).end("no"));
    const origin = `http://127.0.0.1:${port}`;
    const recorded: unknown[] = [];
    const exchanges: Exchanges = { mode: "record", record: (...all) => recorded.push(all) };
    const transport = open({ origin, apiKey: "sk-canary", exchanges });
    const request: WireRequest = { method: "POST", origin, path: "/v1/x?y=1", body: '{"a":1}' };
    const response = await transport.send(request, patient);
    expect(recorded).toEqual([[request, response, ["sk-canary"]]]);
    expect(response).toMatchObject({ status: 404, headers: { "x-a": "1" }, body: "no" });
  });

  it("are served without a connection where they were recorded, to the SDK too", async () => {
    const asked: WireRequest[] = [];
    const exchanges: Exchanges = {
      mode: "replay",
      find(request) {
        asked.push(request);
        return answer;
      },
    };
    // Nothing can listen there.
    const origin = "http://127.0.0.1:0";
    const transport = open({ origin, exchanges });
    expect(await transport.send(get(origin), patient)).toEqual(answer);
    const response = await transport.fetch(`${origin}/v1/x?a=b`, { method: "POST", body: "{}" });
    expect(await response.json()).toEqual({ a: 1 });
    expect(asked).toEqual([get(origin), { method: "POST", origin, path: "/v1/x?a=b", body: "{}" }]);
  });

  it("that were not recorded fail as the recording says", async () => {
    const origin = "http://127.0.0.1:0";
    const exchanges: Exchanges = {
      mode: "replay",
      find() {
        throw new RequestFailure("not recorded");
      },
    };
    await expect(open({ origin, exchanges }).send(get(origin), patient)).rejects.toThrow("not recorded");
  });
});
