import type { FormPart, WireRequest, WireResponse } from "../exchanges.ts";
import { digestJson } from "../key.ts";
import type { Json, JsonObject } from "../row.ts";
import { isObject } from "../spec.ts";

/** One request and what came back. */
export interface Exchange {
  readonly request: WireRequest;
  readonly response: WireResponse;
}

/** The version of the format that is written here. */
export const recordingVersion = 1;

/** The first line of a recording, without its line break. */
export function formatHeader(note: string): string {
  return JSON.stringify({ distill: "exchanges", version: recordingVersion, note });
}

/** The version that the first line of a recording names; undefined where it is the first line of something else. */
export function readHeader(line: string): number | undefined {
  const value = parseJson(line);
  return isObject(value) && value.distill === "exchanges" && typeof value.version === "number"
    ? value.version
    : undefined;
}

/**
 * An exchange as one line of a recording, without its line break: bodies as JSON where they are JSON, and a
 * sha256 over all of it, by which an edited line is told.
 *
 * @param clean what is written in place of each text
 */
export function formatExchange({ request, response }: Exchange, clean: (text: string) => string): string {
  const { method, origin, path, body, draw } = request;
  const line = cleanTexts(
    {
      request: {
        method,
        origin,
        path,
        ...(draw === undefined ? {} : { draw: { occurrence: draw.occurrence, sample: draw.sample } }),
        ...(body === undefined ? {} : typeof body === "string" ? formatBody(body) : { form: body as never }),
      },
      response: {
        status: response.status,
        headers: response.headers,
        ...formatBody(response.body),
      },
    },
    clean,
  ) as JsonObject;
  return JSON.stringify({ ...line, sha256: digestJson(line) });
}

/** Reads a line of a recording; undefined where it was edited, damaged, or is something else. */
export function readExchange(line: string): Exchange | undefined {
  const value = parseJson(line);
  if (!isObject(value)) return undefined;
  const { sha256, ...rest } = value;
  const { request, response } = rest;
  if (!isObject(request) || !isObject(response) || digestOf(rest) !== sha256) return undefined;
  const { method, origin, path, draw } = request;
  return {
    // What carries its sha256 was written here, so its shape is known.
    request: {
      method: method as WireRequest["method"],
      origin: origin as string,
      path: path as string,
      body: "form" in request ? (request.form as unknown as readonly FormPart[]) : readBody(request),
      ...(draw === undefined ? {} : { draw: draw as unknown as NonNullable<WireRequest["draw"]> }),
    },
    response: {
      status: response.status as number,
      headers: response.headers as WireResponse["headers"],
      body: readBody(response) ?? "",
    },
  };
}

function formatBody(text: string): JsonObject {
  const value = parseJson(text);
  const isJson =
    typeof value === "object" && value !== null && digestOf({ response: { body: value } }) !== undefined;
  return isJson ? { body: value } : { text };
}

function readBody(holder: JsonObject): string | undefined {
  if (typeof holder.text === "string") return holder.text;
  return holder.body === undefined ? undefined : JSON.stringify(holder.body);
}

/** Undefined for what lies deeper than canonical JSON goes. */
function digestOf(value: JsonObject): string | undefined {
  try {
    return digestJson(value);
  } catch {
    return undefined;
  }
}

function cleanTexts(value: Json | object, clean: (text: string) => string): Json {
  if (typeof value === "string") return clean(value);
  if (Array.isArray(value)) return value.map((entry) => cleanTexts(entry, clean));
  if (typeof value !== "object" || value === null) return value as Json;
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [clean(name), cleanTexts(entry, clean)]),
  );
}

/** Undefined where a text is not JSON. */
function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
