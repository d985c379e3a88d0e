import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AnswerScript } from "./answer.ts";
import { type ApiError, isApiError } from "./api-error.ts";
import type { BatchOptions } from "./batch-course.ts";
import { runBatches } from "./batches.ts";
import { liveCompletions, scriptModel } from "./completions.ts";
import { contentHash } from "./content-hash.ts";
import { countContents } from "./contents.ts";
import { answerWithFault, type FaultKind, isRefusal, type SeededFaults } from "./faults.ts";
import { keepFiles } from "./files.ts";
import { type Call, createLedger, type Ledger } from "./ledger.ts";
import { defaultModels, serveModels } from "./models.ts";
import { type RateLimits, type Traffic, watchTraffic } from "./rate-limits.ts";
import { readBody } from "./read-body.ts";
import { badKey, badTransfer, findRoute, type Reply, type Route } from "./route.ts";
import { type PreloadedCompletion, storeCompletions } from "./stored.ts";

/** How the server behaves; without any option it is a well server on a free port that asks for no key. */
export interface FakeOpenAIOptions {
  readonly port?: number;
  /** The only key that is accepted; without it, requests may come without a key. */
  readonly apiKey?: string;
  /** From the arrival of a completion request to its answer; for uploads and batches, between the deed and the answer. */
  readonly latencyMs?: number;
  readonly answer?: AnswerScript;
  /** Names and the snapshots that they resolve to, beside the default ones. */
  readonly models?: { readonly [name: string]: string };
  /** The day after which a model is gone, such as 2026-12-24, by name or snapshot. */
  readonly shutdownDates?: { readonly [model: string]: string };
  /** Completions that are stored from the start. */
  readonly stored?: readonly PreloadedCompletion[];
  readonly batch?: BatchOptions;
  readonly rateLimits?: RateLimits;
  /** Faults of completion requests, drawn by a seed. */
  readonly faults?: SeededFaults;
  /** Faults by arrival of valid completion requests: the first gets the first; `undefined` is a good answer. */
  readonly faultScript?: readonly (FaultKind | undefined)[];
  /**
   * Faults of other calls by arrival, under names such as `POST /batches` and `GET /files/{id}/content`.
   * An error below 500 refuses; for every other the deed is done and only its answer is lost.
   */
  readonly routeFaults?: { readonly [route: string]: readonly (FaultKind | undefined)[] };
  /** Headers of a 429. @defaultValue `{ "retry-after-ms": "1" }` */
  readonly retryAfter?: { readonly [header: string]: string };
  /** Where a redirect points to. */
  readonly redirectTo?: string;
  /** Pause between the bytes of a drip. */
  readonly dripMs?: number;
  /** How long slow headers take. @defaultValue 5,000 */
  readonly slowMs?: number;
  /**
   * A file that gets every call as JSONL, written before the client can know of it. Without one, servers write
   * into the folder that DISTILL_FAKE_LEDGERS names, for scripts/check-against-document.ts.
   */
  readonly ledgerFile?: string;
}

/** A running server. */
export interface FakeOpenAI {
  /** Base URL for clients, with `/v1`. */
  readonly url: string;
  /** Every call that arrived, in order: the truth for tests. */
  readonly ledger: readonly Call[];
  /** Good answers that went out by content hash, live calls and batch lines together. */
  readonly bought: ReadonlyMap<string, number>;
  /** The most completion requests and tokens in any window of this length, by the server's clock, refused ones included. */
  readonly busiestWindow: Traffic["busiestWindow"];
  /** Ends the server and every connection to it. */
  close(): Promise<void>;
}

let started = 0;

function ledgerFromEnvironment(): string | undefined {
  const folder = process.env.DISTILL_FAKE_LEDGERS;
  return folder === undefined ? undefined : join(folder, `${process.pid}-${started++}.jsonl`);
}

/** Starts a stateful stand-in for OpenAI's API on the loopback. */
export async function startFakeOpenAI(options: FakeOpenAIOptions = {}): Promise<FakeOpenAI> {
  const ledger = createLedger(options.ledgerFile ?? ledgerFromEnvironment());
  const contents = countContents();
  const traffic = watchTraffic(options.rateLimits);
  const models = serveModels({ ...defaultModels, ...options.models }, options.shutdownDates);
  const stored = storeCompletions(options.stored ?? [], models.resolve);
  const model = scriptModel({ script: options.answer, contents, models, stored });
  const latencyMs = options.latencyMs ?? 0;
  const delay = () => sleep(latencyMs);
  const files = keepFiles({ maxBatchBytes: options.batch?.maxBytes ?? 200 * 1024 * 1024, delay });
  const { faults, faultScript } = options;
  const handle = createHandler(options, ledger, [
    ...models.routes,
    liveCompletions({ model, models, contents, traffic, latencyMs, faults, faultScript }),
    ...stored.routes,
    ...files.routes,
    ...runBatches({
      options: options.batch ?? {},
      files,
      modelExists: (name) => models.resolve(name) !== undefined,
      arrived: (request) => contents.arrived(contentHash(request)),
      buy: (request) => {
        contents.buy(contentHash(request));
        return model(request);
      },
      delay,
    }),
  ]);
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    ledger: ledger.calls,
    bought: contents.bought,
    busiestWindow: traffic.busiestWindow,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function createHandler(options: FakeOpenAIOptions, ledger: Ledger, routes: readonly Route[]) {
  const seen = new Map<string, number>();
  const nextFault = ({ method, path }: Route) => {
    const name = `${method} ${path}`;
    const n = seen.get(name) ?? 0;
    seen.set(name, n + 1);
    return options.routeFaults?.[name]?.[n];
  };

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const url = new URL(request.url ?? "/", "http://fake");
    const method = request.method ?? "";
    const call = ledger.arrived({
      at: Date.now(),
      method,
      path: request.url ?? "",
      headers: request.headers,
      body,
    });
    const send = (status: number, reply: Reply) => {
      ledger.answering(call, status);
      const type = { "content-type": "application/json" };
      response.writeHead(status, { ...type, "x-request-id": `req_${call.order}`, ...reply.headers });
      reply.delivering?.();
      response.end(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body));
    };
    const answer = async (): Promise<Reply | ApiError> => {
      const found = findRoute(routes, method, url.pathname);
      if (isApiError(found)) return found;
      const { route, names } = found;
      const query = url.searchParams;
      const bad =
        badKey(request.headers.authorization, options.apiKey) ?? badTransfer(route, request, { query, body });
      if (bad !== undefined) return bad;
      const fault = nextFault(route);
      if (fault !== undefined) call.fault = fault;
      if (fault !== undefined && isRefusal(fault)) return { body: {}, fault };
      const reply = await route.handle({ call, names, query, body, gone: () => request.socket.destroyed });
      return fault === undefined || isApiError(reply) ? reply : { ...reply, fault };
    };

    const reply = await answer();
    if (request.socket.destroyed) return;
    if (isApiError(reply)) {
      const { status, headers = {}, ...error } = reply;
      return send(status, { body: { error }, headers });
    }
    const played = await answerWithFault(reply.fault, response, {
      good: typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body),
      retryAfter: options.retryAfter ?? { "retry-after-ms": "1" },
      redirectTo: options.redirectTo ?? "http://elsewhere.invalid/v1/chat/completions",
      dripMs: options.dripMs ?? 20,
      slowMs: options.slowMs ?? 5000,
      answering: (status) => ledger.answering(call, status),
      delivering: () => reply.delivering?.(),
    });
    if (!played) send(200, reply);
  };
}
