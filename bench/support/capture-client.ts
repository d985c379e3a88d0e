// Asks a server for many completions in one way, and prints what that took, as JSON.
// node bench/support/capture-client.ts CLIENT BASE_URL REQUESTS CONCURRENCY
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openClaims } from "../../src/runner/claims.ts";
import { openBudget } from "../../src/runner/money/budget.ts";
import { openProviderModel } from "../../src/runner/provider-model.ts";
import { openPurchase } from "../../src/runner/purchase.ts";
import { openStore } from "../../src/runner/store/open-store.ts";
import { openSdk } from "../../src/steps/providers/openai/sdk.ts";
import { openTransport } from "../../src/steps/providers/openai/transport.ts";
import { openai } from "../../src/steps/providers/openai.ts";
import { contextOf } from "./context-of.ts";

/** What one client took. */
export interface Measured {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly maxRssMib: number;
}

/** Asks the n-th question; rejects where no answer comes. */
type Ask = (n: number) => Promise<unknown>;

interface Client {
  readonly ask: Ask;
  close?(): Promise<void> | void;
}

const model = "gpt-4o";
const parameters = { temperature: 0, response_format: { type: "json_object" } } as const;
const system = "You are a corporate IT support expert. Which team is this for? Answer as JSON. ".repeat(4);
const messagesOf = (n: number) =>
  [
    { role: "system", content: system },
    { role: "user", content: `Ticket ${n}: the printer on floor ${n % 7} says that it is out of paper.` },
  ] as const;
const execution = { concurrency: 128, timeoutMs: 60_000, retries: 7 };

const clients: { readonly [name: string]: (url: string) => Promise<Client> } = {
  async sdk(url) {
    const { OpenAI } = await import("openai");
    const client = new OpenAI({ baseURL: url, apiKey: "none" });
    return {
      ask: (n) => client.chat.completions.create({ model, ...parameters, messages: [...messagesOf(n)] }),
    };
  },
  async sdkOverTransport(url) {
    const transport = openTransport({ origin: new URL(url).origin, apiKey: undefined, maxBodyBytes: 1e8 });
    const client = await openSdk({ base_url: url, transport });
    return {
      ask: (n) => client.chat.completions.create({ model, ...parameters, messages: [...messagesOf(n)] }),
      close: transport.close,
    };
  },
  async undici(url) {
    const { Pool } = await import("undici");
    const pool = new Pool(new URL(url).origin, { connections: 128 });
    const headers = { "content-type": "application/json" };
    return {
      async ask(n) {
        const body = JSON.stringify({ model, ...parameters, messages: messagesOf(n) });
        const response = await pool.request({ method: "POST", path: "/v1/chat/completions", headers, body });
        return response.body.json();
      },
      close: () => pool.close(),
    };
  },
  async connection(url) {
    const connection = await openai.open(contextOf({ base_url: url }));
    const { signal } = new AbortController();
    const stop = new AbortController().signal;
    const draw = { occurrence: 0, sample: 0 };
    return {
      ask: (n) =>
        connection.answer(
          { model, messages: messagesOf(n), parameters, draw },
          { ...execution, stop },
          signal,
        ),
      close: connection.close,
    };
  },
  async durable(url) {
    const folder = mkdtempSync(join(tmpdir(), "distill-bench-"));
    const store = openStore(folder);
    const connection = openai.open(contextOf({ base_url: url }));
    const opened = openProviderModel(
      {
        name: "teacher",
        digest: "0",
        spec: { provider: "bench", model, request: parameters } as never,
        provider: { type: "openai", params: { base_url: url } } as never,
        definition: openai as never,
        identity: openai.identity({ base_url: url }),
        price: undefined,
        shutdownDate: undefined,
      },
      {
        store,
        budget: openBudget({ maxUsd: undefined }),
        replays: false,
        signal: new AbortController().signal,
        stop: new AbortController().signal,
        connect: () => connection,
        now: Date.now,
        underWay: new Map(),
        claims: openClaims(),
      },
      {
        purchase: openPurchase({
          execution: { ...execution, maxFailedRows: 1, mode: "live", deadlineMs: undefined },
          mayBuy: true,
        }),
        spec: "bench",
        step: "capture",
      },
    );
    return {
      ask: (n) =>
        opened.answer({
          messages: messagesOf(n),
          parameters: {},
          draw: { occurrence: 0, sample: 0 },
          tags: { item: `${n}`, metadata: { task: "routing" } },
        }),
      async close() {
        await (await connection).close();
        store.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
};

const [name, url, requests, concurrency] = process.argv.slice(2) as [string, string, string, string];
const client = await clients[name]!(url);
const began = performance.now();
const cpu = process.cpuUsage();
let next = 0;
await Promise.all(
  Array.from({ length: Number(concurrency) }, async () => {
    while (next < Number(requests)) await client.ask(next++);
  }),
);
const { user, system: kernel } = process.cpuUsage(cpu);
const seconds = (performance.now() - began) / 1000;
await client.close?.();
const measured: Measured = {
  seconds,
  cpuSeconds: (user + kernel) / 1e6,
  maxRssMib: process.resourceUsage().maxRSS / 1024,
};
console.log(JSON.stringify(measured));
