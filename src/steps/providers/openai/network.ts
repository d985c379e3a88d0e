import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import { urlToHttpOptions } from "node:url";
import type { WireRequest, WireResponse } from "../../../runner/exchanges.ts";
import { onAbort } from "../on-abort.ts";
import { decodeBody } from "./decode-body.ts";
import { encodeForm } from "./form.ts";
import { readLines } from "./read-lines.ts";

/** Keep-alive connections to one origin over node:http. */
export interface Network {
  /** Resolves when the whole body is there; follows no redirect. */
  send(request: WireRequest, options: SendOptions): Promise<WireResponse>;
  /** Reads a body line by line, without holding it in memory. @throws BadStatus where the status is not 200 */
  lines(request: WireRequest, options: LinesOptions): AsyncIterable<string>;
  close(): void;
}

/** How long a request may take, and what ends it. */
export interface SendOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from the first byte sent to the last one that came, however steadily they drip. */
  readonly timeoutMs: number;
  /** A longer body is a failure. @defaultValue that of the transport */
  readonly maxBodyBytes?: number;
}

/** How long a text may keep silent, and what ends it. */
export interface LinesOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from one piece to the next that the server may take; what the reader takes does not count. */
  readonly timeoutMs: number;
  /** A longer line is a failure. @defaultValue 32 MiB */
  readonly maxLineBytes?: number;
}

/** A response that is no text to read lines of. */
export class BadStatus extends Error {
  override readonly name = "BadStatus";
  readonly response: WireResponse;

  constructor(response: WireResponse) {
    super(`the status is ${response.status}`);
    this.response = response;
  }
}

/** Codes of the transport's own errors. */
export const transportFaults = {
  tooLong: "BODY_TOO_LONG",
  tooLate: "ANSWER_TOO_LATE",
  garbled: "BODY_GARBLED",
} as const;

/** A line holds one answer; the longest output there is stays far below. */
const longestLineBytes = 32 * 1024 * 1024;

/** An error tells itself in a few lines. */
const longestErrorBytes = 1024 * 1024;

/** What connections are bound to. */
export interface NetworkOptions {
  /** The only origin that they go to. */
  readonly origin: string;
  /** Sent as a bearer token; undefined sends no Authorization at all. */
  readonly apiKey: string | undefined;
  /** A longer body is a failure. */
  readonly maxBodyBytes: number;
  /** Sent with every request beside what the body needs. */
  readonly headers?: { readonly [name: string]: string };
}

/** Opens connections; the first request is what connects. */
export function openNetwork({ origin, apiKey, maxBodyBytes, headers }: NetworkOptions): Network {
  const library = origin.startsWith("https:") ? https : http;
  const url = new URL(origin);
  const agent = new library.Agent({
    keepAlive: true,
    ...(url.hostname === "localhost" ? { lookup: lookupLocalhost } : {}),
  });
  const { hostname, port, protocol } = urlToHttpOptions(url);
  const target = { hostname, port, protocol, agent };
  const constant = {
    accept: "application/json, */*",
    "user-agent": "distill",
    ...headers,
    ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}),
  };

  function begin({ method, path, body }: WireRequest): http.ClientRequest {
    const content = encodeBody(body);
    const request = library.request({
      ...target,
      method,
      path,
      headers: { ...constant, ...content.headers },
    });
    request.end(content.text);
    return request;
  }

  return {
    async *lines(wanted, { signal, timeoutMs, maxLineBytes = longestLineBytes }) {
      signal?.throwIfAborted();
      const request = begin(wanted);
      let overdue: Error | undefined;
      const stopListening = onAbort(signal, (reason) => request.destroy(reason as Error));
      // Told by what waits for it; without a listener it would end the process.
      request.on("error", () => {});
      const soon = async <T>(waited: Promise<T>): Promise<T> => {
        const timer = setTimeout(() => {
          overdue = fault("tooLate", `nothing more within ${timeoutMs / 1000} s`);
          request.destroy(overdue);
        }, timeoutMs);
        try {
          return await waited;
        } finally {
          clearTimeout(timer);
        }
      };
      try {
        const [response] = (await soon(once(request, "response"))) as [http.IncomingMessage];
        if (response.statusCode !== 200) {
          const text = await soon(
            new Promise<string>((resolve, reject) =>
              readBody(response, longestErrorBytes, (error, read) =>
                read === undefined ? reject(error) : resolve(read),
              ),
            ),
          );
          throw new BadStatus({
            status: response.statusCode ?? 0,
            headers: plainHeaders(response),
            body: text,
          });
        }
        const encoding = response.headers["content-encoding"];
        if (encoding !== undefined && encoding !== "identity")
          throw fault("garbled", "its answer is no UTF-8 text");
        yield* readLines(piecesOf(response, soon), {
          maxBytes: maxLineBytes,
          fault: (kind) =>
            kind === "too long"
              ? fault("tooLong", `a line of its answer is longer than ${maxLineBytes} bytes`)
              : fault("garbled", "its answer is no UTF-8 text"),
        });
      } catch (error) {
        // What destroyed the request explains more than the broken connection that followed from it.
        throw signal?.aborted ? signal.reason : (overdue ?? error);
      } finally {
        stopListening();
        if (!request.closed) request.destroy();
      }
    },
    send: (wanted, { signal, timeoutMs, maxBodyBytes: most = maxBodyBytes }) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const request = begin(wanted);
        const timer = setTimeout(() => {
          request.destroy(fault("tooLate", `none within ${timeoutMs / 1000} s`));
        }, timeoutMs);
        const stopListening = onAbort(signal, (reason) => request.destroy(reason as Error));
        const settle = () => {
          clearTimeout(timer);
          stopListening();
        };
        const fail = (error: unknown) => {
          settle();
          // What destroyed the request explains more than the broken connection that followed from it.
          reject(signal?.aborted ? signal.reason : (request.errored ?? error));
        };
        request.on("error", fail);
        request.on("response", (response) => {
          readBody(response, most, (error, text) => {
            if (text === undefined) {
              request.destroy();
              return fail(error);
            }
            settle();
            resolve({ status: response.statusCode ?? 0, headers: plainHeaders(response), body: text });
          });
        });
      }),
    close: () => agent.destroy(),
  };
}

function encodeBody(body: WireRequest["body"]): {
  readonly text: string | undefined;
  readonly headers: { readonly [name: string]: string | number };
} {
  if (body === undefined) return { text: undefined, headers: {} };
  const [text, type] = typeof body === "string" ? ([body, "application/json"] as const) : encodeForm(body);
  return { text, headers: { "content-type": type, "content-length": Buffer.byteLength(text) } };
}

/** The pieces of a body as they come, none later than `soon` lets. */
async function* piecesOf(
  response: http.IncomingMessage,
  soon: <T>(waited: Promise<T>) => Promise<T>,
): AsyncGenerator<Buffer> {
  const pieces: AsyncIterator<Buffer> = response[Symbol.asyncIterator]();
  for (;;) {
    const next = await soon(pieces.next());
    if (next.done === true) return;
    yield next.value;
  }
}

/** Calls back once: with the text, or with the error that kept it from being one. */
function readBody(
  response: http.IncomingMessage,
  maxBytes: number,
  done: (error: unknown, text?: string) => void,
): void {
  const chunks: Buffer[] = [];
  let length = 0;
  response.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length > maxBytes) done(fault("tooLong", `its answer is longer than ${maxBytes} bytes`));
    else chunks.push(chunk);
  });
  response.on("error", (error) => done(error));
  response.on("end", () => {
    const text = decodeBody(chunks, response.headers["content-encoding"]);
    if (text === undefined) done(fault("garbled", "its answer is no UTF-8 text"));
    else done(undefined, text);
  });
}

function fault(kind: keyof typeof transportFaults, message: string): Error {
  return Object.assign(new Error(message), { code: transportFaults[kind] });
}

/** Cookies are left out: they are nobody's business here, and secrets. */
function plainHeaders({ headers }: http.IncomingMessage): WireResponse["headers"] {
  delete headers["set-cookie"];
  return headers as WireResponse["headers"];
}

/** `localhost` is this machine whatever DNS or the hosts file say. */
const lookupLocalhost: LookupFunction = (_hostname, options, done) => {
  const addresses = [
    { address: "127.0.0.1", family: 4 },
    { address: "::1", family: 6 },
  ];
  if (options.all) done(null, addresses);
  else done(null, "127.0.0.1", 4);
};
