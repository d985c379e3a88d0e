import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";

/** A lean `fetch` over keep-alive connections to one origin, for the SDK to send with. */
export interface Transport {
  /** Resolves when the whole body is there; follows no redirect. */
  fetch(url: string | URL | Request, init?: RequestInit): Promise<Response>;
  close(): void;
}

/** The code of the error for a body over the limit. */
export const tooLong = "BODY_TOO_LONG";

/** What a transport is bound to. */
export interface TransportOptions {
  /** The only origin that it talks to. */
  readonly origin: string;
  /** Sent as a bearer token; undefined sends no Authorization at all. */
  readonly apiKey: string | undefined;
  /** A longer body is a failure. */
  readonly maxBodyBytes: number;
}

/** Opens a transport. It alone knows the key, so that no SDK log, error or default can carry it elsewhere. */
export function openTransport({ origin, apiKey, maxBodyBytes }: TransportOptions): Transport {
  const library = origin.startsWith("https:") ? https : http;
  const agent = new library.Agent({
    keepAlive: true,
    ...(isLocalhost(origin) ? { lookup: lookupLocalhost } : {}),
  });
  return {
    fetch: (target, init = {}) =>
      new Promise((resolve, reject) => {
        const url = new URL(target instanceof Request ? target.url : target);
        if (url.origin !== origin) throw new Error(`this connection is to ${origin}, not to ${url.origin}`);
        const body = typeof init.body === "string" ? init.body : "";
        const signal = init.signal ?? undefined;
        const request = library.request(url, {
          agent,
          method: init.method ?? "GET",
          headers: {
            ...pickHeaders(init.headers, body),
            ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}),
          },
          ...(signal === undefined ? {} : { signal }),
        });
        // An abort in mid-body would otherwise look like a connection that broke.
        const fail = (error: unknown) => reject(signal?.aborted ? signal.reason : error);
        request.on("error", fail);
        request.on("response", (response) => {
          readBody(response, maxBodyBytes).then((text) => resolve(toResponse(response, text)), fail);
        });
        request.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/** The headers that the API takes. The SDK would also send what OPENAI_CUSTOM_HEADERS holds, and facts about the machine. */
const sentHeaders = ["accept", "content-type", "openai-organization", "openai-project", "user-agent"];

function pickHeaders(given: RequestInit["headers"], body: string): { [name: string]: string | number } {
  const headers = new Headers(given);
  const picked = sentHeaders.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(picked), "content-length": Buffer.byteLength(body) };
}

async function readBody(response: http.IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    // Leaving the loop by throwing also ends the connection.
    if (length > maxBytes)
      throw Object.assign(new Error(`its answer is longer than ${maxBytes} bytes`), { code: tooLong });
    chunks.push(chunk);
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
}

function toResponse(response: http.IncomingMessage, text: string): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(response.headers)) {
    for (const entry of [value ?? []].flat()) headers.append(name, entry);
  }
  const status = response.statusCode ?? 0;
  return new Response([204, 205, 304].includes(status) ? null : text, { status, headers });
}

function isLocalhost(origin: string): boolean {
  return new URL(origin).hostname === "localhost";
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
