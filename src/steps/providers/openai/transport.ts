import type { Exchanges, WireRequest, WireResponse } from "../../../runner/exchanges.ts";
import { readForm } from "./form.ts";
import {
  BadStatus,
  type LinesOptions,
  type NetworkOptions,
  openNetwork,
  type SendOptions,
} from "./network.ts";

/** Keep-alive connections to one origin, or the recorded exchanges with it. */
export interface Transport {
  /** Resolves when the whole body is there; follows no redirect. */
  send(request: WireRequest, options: SendOptions): Promise<WireResponse>;
  /**
   * Reads a long text line by line, without holding it in memory: a file of results may be longer than that.
   *
   * @throws BadStatus where the status is not 200; else what `send` throws, also between two lines
   */
  lines(request: WireRequest, options: LinesOptions): AsyncIterable<string>;
  /** The same as a `fetch`, for the SDK to send with. */
  fetch(url: string | URL | Request, init?: RequestInit): Promise<Response>;
  close(): void;
}

/** What a transport is bound to. */
export interface TransportOptions extends NetworkOptions {
  /** Where exchanges are written down, or served from instead of the network. */
  readonly exchanges?: Exchanges | undefined;
}

/** A file of results may be long in coming. */
const fetchTimeoutMs = 600_000;

/** Opens a transport. It alone knows the key, so that no SDK log, error or default can carry it elsewhere. */
export function openTransport(options: TransportOptions): Transport {
  const { origin, apiKey, exchanges } = options;
  const network = exchanges?.mode === "replay" ? undefined : openNetwork(options);

  async function send(request: WireRequest, sending: SendOptions): Promise<WireResponse> {
    if (network === undefined) return (exchanges as Exchanges & { mode: "replay" }).find(request);
    const response = await network.send(request, sending);
    if (exchanges?.mode === "record") exchanges.record(request, response, apiKey ? [apiKey] : []);
    return response;
  }

  async function* lines(request: WireRequest, reading: LinesOptions): AsyncGenerator<string> {
    if (network !== undefined && exchanges === undefined) return yield* network.lines(request, reading);
    // What is written down is written whole, and was served whole.
    const response = await send(request, { signal: reading.signal, timeoutMs: fetchTimeoutMs });
    if (response.status !== 200) throw new BadStatus(response);
    yield* response.body.split("\n");
  }

  return {
    send,
    lines,
    async fetch(target, init = {}) {
      const url = new URL(target instanceof Request ? target.url : target);
      if (url.origin !== origin) throw new Error(`this connection is to ${origin}, not to ${url.origin}`);
      const { status, headers, body } = await send(
        {
          method: (init.method ?? "GET") as WireRequest["method"],
          origin,
          path: `${url.pathname}${url.search}`,
          body: await readRequestBody(init.body),
        },
        { signal: init.signal ?? undefined, timeoutMs: fetchTimeoutMs },
      );
      return new Response([204, 205, 304].includes(status) ? null : body, { status, headers });
    },
    close: () => network?.close(),
  };
}

async function readRequestBody(body: RequestInit["body"]): Promise<WireRequest["body"]> {
  if (body == null) return undefined;
  if (typeof body === "string") return body;
  if (body instanceof FormData) return readForm(body);
  throw new TypeError("a request's body is text or a form");
}
