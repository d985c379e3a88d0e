import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { RequestFailure } from "../../../../src/runner/provider.ts";
import { openApi } from "../../../../src/steps/providers/openai/sdk.ts";
import { openTransport } from "../../../../src/steps/providers/openai/transport.ts";
import { type FakeOpenAIOptions, startFakeOpenAI } from "../../../support/fake-openai/index.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function open(options: FakeOpenAIOptions = {}, apiKey?: string) {
  const server = await startFakeOpenAI(options);
  const origin = new URL(server.url).origin;
  const transport = openTransport({ origin, apiKey, maxBodyBytes: 1e6 });
  cleanups.push(server.close, transport.close);
  const api = openApi({ base_url: server.url, origin, keyName: "LLM_KEY", apiKey, transport });
  const { signal } = new AbortController();
  return { server, api, signal };
}

describe("a call of the SDK", () => {
  it("is made again where it only reads and the fault passes", async () => {
    const { server, api, signal } = await open({ routeFaults: { "GET /files": ["server_error", "reset"] } });
    const files = await api.call((client) => client.files.list(), { signal, retries: 2 });
    expect(files.data).toEqual([]);
    expect(server.ledger).toHaveLength(3);
  });

  it("is made once where nothing else is said, whatever the SDK would do by itself", async () => {
    const { server, api, signal } = await open({ routeFaults: { "POST /batches": ["server_error"] } });
    const creating = api.call(
      (client) =>
        client.batches.create({
          input_file_id: "file-1",
          endpoint: "/v1/chat/completions",
          completion_window: "24h",
        }),
      { signal },
    );
    await expect(creating).rejects.toBeInstanceOf(RequestFailure);
    expect(server.ledger).toHaveLength(1);
  });

  it("tells the status of a refusal", async () => {
    const { api, signal } = await open();
    await expect(
      api.call((client) => client.files.retrieve("file-none"), { signal, retries: 3 }),
    ).rejects.toMatchObject({ scope: "stop", cause: { status: 404 } });
  });

  it("fails without the key in any part of the error, even where a careless server repeats it", async () => {
    const { api, signal } = await open({ apiKey: "sk-another" }, "sk-canary-1234567890");
    const failure = await api
      .call((client) => client.files.list(), { signal })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: expect.stringContaining("[key]"), cause: { status: 401 } });
    expect(inspect(failure, { depth: 20, showHidden: true })).not.toContain("sk-canary");
  });

  it("ends at once with the reason of an abort", async () => {
    const { server, api } = await open({ routeFaults: { "GET /files": ["hang"] } });
    const controller = new AbortController();
    const listing = api.call((client) => client.files.list({}, { signal: controller.signal }), {
      signal: controller.signal,
      retries: 3,
    });
    await expect.poll(() => server.ledger.length).toBe(1);
    controller.abort(new Error("interrupted"));
    await expect(listing).rejects.toThrow("interrupted");
  });
});
