import { hash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type AnswerScript, completionOf, hashedAnswer } from "./answer.ts";
import { answerWithFault, drawFault, type FaultKind, type SeededFaults, spoilAnswer } from "./faults.ts";
import { type Call, createLedger } from "./ledger.ts";
import { defaultModels, resolveModel } from "./models.ts";
import { storeCompletions } from "./stored.ts";
import { type ApiError, type CompletionRequest, validateRequest } from "./validate.ts";

/** How the server behaves; without any option it is a well server on a free port that asks for no key. */
export interface FakeOpenAIOptions {
  readonly port?: number;
  /** The only key that is accepted; without it, requests may come without a key. */
  readonly apiKey?: string;
  /** From the arrival of a request to its answer. */
  readonly latencyMs?: number;
  readonly answer?: AnswerScript;
  /** Names and the snapshots that they resolve to, beside the default ones. */
  readonly models?: { readonly [name: string]: string };
  /** Faults drawn by a seed. */
  readonly faults?: SeededFaults;
  /** Faults by arrival of valid completion requests: the first gets the first; `undefined` is a good answer. */
  readonly faultScript?: readonly (FaultKind | undefined)[];
  /** Headers of a 429. @defaultValue `{ "retry-after-ms": "1" }` */
  readonly retryAfter?: { readonly [header: string]: string };
  /** Where a redirect points to. */
  readonly redirectTo?: string;
  /** Pause between the bytes of a drip. */
  readonly dripMs?: number;
  /** A file that gets every call as JSONL, written before the client can know of it. */
  readonly ledgerFile?: string;
}

/** A running server. */
export interface FakeOpenAI {
  /** Base URL for clients, with `/v1`. */
  readonly url: string;
  /** Every call that arrived, in order: the truth for tests. */
  readonly ledger: readonly Call[];
  /** Ends the server and every connection to it. */
  close(): Promise<void>;
}

/** Starts a stateful stand-in for OpenAI's API on the loopback. */
export async function startFakeOpenAI(options: FakeOpenAIOptions = {}): Promise<FakeOpenAI> {
  const ledger = createLedger(options.ledgerFile);
  const handle = createHandler(options, ledger);
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    ledger: ledger.calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function createHandler(options: FakeOpenAIOptions, ledger: ReturnType<typeof createLedger>) {
  const models = { ...defaultModels, ...options.models };
  const stored = storeCompletions();
  const arrivals = new Map<string, number>();
  const answered = new Map<string, number>();
  let valid = 0;
  let made = 0;

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const bytes = await readBody(request);
    const url = new URL(request.url ?? "/", "http://fake");
    const call = ledger.arrived({
      at: Date.now(),
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      body: bytes.length === 0 ? undefined : parseBody(bytes),
    });
    const send = (status: number, body: object) => {
      ledger.answering(call, status);
      response.writeHead(status, { "content-type": "application/json", "x-request-id": `req_${call.order}` });
      response.end(JSON.stringify(body));
    };
    const refuse = ({ status, ...error }: ApiError) => send(status, { error });

    const route = `${request.method} ${url.pathname}`;
    const fault = unroutable(request, url) ?? unauthorised(request, options.apiKey);
    if (fault !== undefined) return refuse(fault);

    if (route === "GET /v1/models") {
      const data = Object.values(models).map((id) => ({
        id,
        object: "model",
        created: 1_700_000_000,
        owned_by: "system",
      }));
      return send(200, { object: "list", data });
    }
    if (request.method === "GET") {
      const found =
        badQuery(url.searchParams) ??
        stored.read(url.pathname.slice(completionsPath.length), url.searchParams);
      if (found === undefined) return refuse(notFound(`No completion found at ${url.pathname}.`));
      return "status" in found ? refuse(found as ApiError) : send(200, found);
    }

    const bad = badTransfer(request, url, call.body) ?? validateRequest(call.body);
    if (bad !== undefined) return refuse(bad);
    const body = call.body as CompletionRequest;
    const model = resolveModel(models, body.model);
    if (model === undefined) {
      return refuse({
        ...notFound(`The model '${body.model}' does not exist or you do not have access to it.`),
        code: "model_not_found",
      });
    }

    const content = hash("sha256", JSON.stringify({ ...body, store: null, metadata: null }));
    const arrival = count(arrivals, content);
    const kind =
      options.faultScript?.[valid++] ?? (options.faults && drawFault(options.faults, content, arrival));
    call.fault = kind;
    await sleep(options.latencyMs ?? 0);
    if (request.socket.destroyed) return;

    const spoiled = kind !== undefined && !["refusal", "content_filter", "length", "drip"].includes(kind);
    const n = spoiled ? (answered.get(content) ?? 0) : count(answered, content);
    const scripted = spoilAnswer(kind, await (options.answer ?? hashedAnswer)(body, n));
    const facts = {
      id: `chatcmpl-${(made++).toString().padStart(8, "0")}`,
      model,
      created: 1_700_000_000 + made,
    };
    const completion = completionOf(scripted, body, facts);
    if (body.store && !spoiled) stored.add(completion, body);
    const played = answerWithFault(kind, response, {
      good: JSON.stringify(completion),
      retryAfter: options.retryAfter ?? { "retry-after-ms": "1" },
      redirectTo: options.redirectTo ?? "http://elsewhere.invalid/v1/chat/completions",
      dripMs: options.dripMs ?? 20,
      answering: (status) => ledger.answering(call, status),
    });
    if (!played) send(200, completion);
  };
}

const completionsPath = "/v1/chat/completions";

const maxBodyBytes = 20 * 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function parseBody(bytes: Buffer): unknown {
  const text = bytes.toString("utf8");
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return text;
  }
}

function unroutable(request: IncomingMessage, url: URL): ApiError | undefined {
  const methods =
    url.pathname === "/v1/models"
      ? ["GET"]
      : url.pathname === completionsPath
        ? ["GET", "POST"]
        : new RegExp(`^${completionsPath}/[^/]+(/messages)?$`).test(url.pathname)
          ? ["GET"]
          : undefined;
  if (methods === undefined) {
    return { ...notFound(`Invalid URL (${request.method} ${url.pathname})`), code: "unknown_url" };
  }
  return methods.includes(request.method ?? "")
    ? undefined
    : refusal(405, `Not allowed to ${request.method} on ${url.pathname}`, "method_not_supported");
}

function unauthorised(request: IncomingMessage, apiKey: string | undefined): ApiError | undefined {
  const header = request.headers.authorization;
  if (apiKey === undefined && header === undefined) return undefined;
  if (header === undefined) return refusal(401, "You didn't provide an API key.", null);
  const given = /^Bearer (\S+)$/.exec(header)?.[1];
  if (given !== undefined && (apiKey === undefined || given === apiKey)) return undefined;
  // A careless server: it repeats the key that it was given.
  return refusal(401, `Incorrect API key provided: ${given ?? header}.`, "invalid_api_key");
}

function badTransfer(request: IncomingMessage, url: URL, body: unknown): ApiError | undefined {
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/json(\s*;\s*charset=utf-8)?$/i.test(type)) {
    return refusal(
      400,
      `Unsupported content type: '${type}'. Use 'application/json'.`,
      "unsupported_content_type",
    );
  }
  if (url.search !== "") return refusal(400, "This call takes no query.", "unknown_parameter");
  if (Number(request.headers["content-length"]) > maxBodyBytes)
    return refusal(413, "Request too large.", null);
  if (body === undefined || typeof body === "string") {
    return refusal(400, "We could not parse the JSON body of your request.", null);
  }
  return undefined;
}

function badQuery(query: URLSearchParams): ApiError | undefined {
  for (const [name, value] of query) {
    const good =
      name === "limit"
        ? /^[1-9]\d?$|^100$/.test(value)
        : name === "order"
          ? ["asc", "desc"].includes(value)
          : ["after", "model"].includes(name) || /^metadata\[.+\]$/.test(name);
    if (!good) return refusal(400, `Invalid query parameter: '${name}=${value}'.`, "invalid_value");
  }
  return undefined;
}

function notFound(message: string): ApiError {
  return refusal(404, message, null);
}

function refusal(status: number, message: string, code: string | null): ApiError {
  return { status, message, type: "invalid_request_error", param: null, code };
}

function count(counts: Map<string, number>, key: string): number {
  const before = counts.get(key) ?? 0;
  counts.set(key, before + 1);
  return before;
}
