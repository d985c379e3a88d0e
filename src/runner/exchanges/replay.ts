import { closeSync, fstatSync, openSync } from "node:fs";
import type { Exchanges, WireRequest, WireResponse } from "../exchanges.ts";
import { RequestFailure } from "../provider.ts";
import { matchOf } from "./match.ts";
import { tellDifference } from "./nearest.ts";
import { type RecordedExchange, RecordingFault, readExchangeAt, readRecording } from "./recording-file.ts";

/** A recording that is served instead of the network. */
export interface Replay {
  readonly exchanges: Exclude<Exchanges, { readonly mode: "record" }>;
  /** True where the file ends within a line: what was being written there is left out. */
  readonly isCut: boolean;
  close(): void;
}

/**
 * Opens a recording to be served. It keeps the order of what was recorded, not its time: what a request was
 * asked to wait for, and states between which nothing but time had passed, are left out.
 *
 * @throws RecordingFault where there is no such file, or it cannot be trusted
 */
export function openReplay(file: string): Replay {
  const descriptor = open(file);
  let recorded: Recorded;
  try {
    recorded = readAll(descriptor, file);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  const { byMatch, byPlace, origins, isCut } = recorded;
  // Servers move: what was recorded of one server alone is served whatever its address is now.
  const originOf = ({ origin }: WireRequest) => (origins.size === 1 ? [...origins][0]! : origin);
  return {
    exchanges: {
      mode: "replay",
      find(request) {
        const origin = originOf(request);
        const held = byMatch.get(matchOf(request, origin));
        if (held === undefined) throw missing(request, origin);
        const line = next(request, held);
        if (line === undefined) throw usedUp(request, held);
        return withoutHaste(readExchangeAt(descriptor, line).response);
      },
    },
    isCut,
    close: () => closeSync(descriptor),
  };

  function missing(request: WireRequest, origin: string): RequestFailure {
    const what = `${request.method} ${request.path}`;
    const likes = byPlace.get(placeOf(request, origin)) ?? [];
    const difference = tellDifference(
      request,
      likes.slice(0, mostCompared).map((at) => readExchangeAt(descriptor, at).request),
    );
    const why =
      likes.length === 0
        ? origins.has(origin)
          ? "nothing of this path was"
          : `it holds ${[...origins].join(" and ") || "nothing"}, and this goes to ${origin}`
        : (difference ?? "another one was");
    return new RequestFailure(`${what} was not recorded: ${why}`, { hint, scope: scopeOf(request) });
  }

  function usedUp(request: WireRequest, { lines, status }: Held): RequestFailure {
    const { method, path } = request;
    const ends = status < 400 ? "" : `, the last with status ${status}`;
    return new RequestFailure(
      `${method} ${path} was recorded ${lines.length === 1 ? "once" : `${lines.length} times`}${ends}, and is asked once more`,
      { hint, scope: scopeOf(request) },
    );
  }
}

const hint =
  "record it again: run --record FILE; what is kept in the store already is not sent, and not recorded";

/** One answer that is missing leaves the others; anything else would be waited for in vain. */
function scopeOf({ draw }: WireRequest): "request" | "stop" {
  return draw === undefined ? "stop" : "request";
}

/** Comparing with more would take longer than it tells. */
const mostCompared = 500;

type Place = Pick<RecordedExchange, "offset" | "length">;

/** The recorded responses to one request that count, and how many of them were served. */
interface Held {
  lines: Place[];
  served: number;
  /** Of the last one. */
  status: number;
}

interface Recorded {
  readonly byMatch: ReadonlyMap<string, Held>;
  readonly byPlace: ReadonlyMap<string, readonly Place[]>;
  readonly origins: ReadonlySet<string>;
  readonly isCut: boolean;
}

function open(file: string): number {
  try {
    return openSync(file, "r");
  } catch (error) {
    throw new RecordingFault(
      `${file} cannot be read (${(error as Error).message})`,
      "run --record FILE writes such a file",
    );
  }
}

function readAll(descriptor: number, file: string): Recorded {
  const byMatch = new Map<string, Held & { at: number }>();
  const byPlace = new Map<string, Place[]>();
  const origins = new Set<string>();
  const changes: { readonly path: string; readonly at: number }[] = [];
  let at = 0;
  let whole = 0;
  for (const { exchange, offset, length } of readRecording(descriptor, file, (end) => (whole = end))) {
    at += 1;
    const { request, response } = exchange;
    const line = { offset, length };
    origins.add(request.origin);
    const place = placeOf(request, request.origin);
    const likes = byPlace.get(place);
    if (likes === undefined) byPlace.set(place, [line]);
    else likes.push(line);
    if (request.method !== "GET" && request.draw === undefined)
      changes.push({ path: pathOf(request.path), at });
    const match = matchOf(request);
    const held = byMatch.get(match);
    const status = response.status;
    if (held === undefined) {
      byMatch.set(match, { lines: [line], served: 0, status, at });
      continue;
    }
    const replaces =
      // A model was asked again because what came before was no answer, or was lost before it was kept.
      request.draw !== undefined ||
      isTransient(held.status) ||
      (request.method === "GET" &&
        !changes.some((change) => change.at > held.at && isRelated(change.path, pathOf(request.path))));
    if (replaces) held.lines.pop();
    held.lines.push(line);
    held.status = status;
    held.at = at;
  }
  // Without a header there is nothing to serve, and every request would fail for itself.
  if (whole === 0)
    throw new RecordingFault(`${file} is no recording of exchanges`, "name a file that --record wrote");
  return { byMatch, byPlace, origins, isCut: whole < fstatSync(descriptor).size };
}

function next({ method, draw }: WireRequest, held: Held): Place | undefined {
  const last = held.lines.length - 1;
  // A good answer or state stays what it is, however often it is asked for.
  const stays = method === "GET" || (draw !== undefined && held.status < 400);
  if (held.served > last && !stays) return undefined;
  const line = held.lines[Math.min(held.served, last)];
  held.served += 1;
  return line;
}

// Nothing is asked to wait for a limit that was another day's.
function withoutHaste({ status, headers, body }: WireResponse): WireResponse {
  return {
    status,
    headers: Object.fromEntries(
      Object.entries(headers).filter(([name]) => !/^(?:retry-after|x-ratelimit-)/.test(name)),
    ),
    body,
  };
}

function placeOf({ method, path }: WireRequest, origin: string): string {
  return `${method} ${origin} ${path}`;
}

function pathOf(path: string): string {
  return path.replace(/\?.*$/s, "");
}

function isRelated(a: string, b: string): boolean {
  return `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`);
}

function isTransient(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500;
}
