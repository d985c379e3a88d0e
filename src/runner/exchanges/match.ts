import { hash } from "node:crypto";
import { canonicalJson } from "../../templating/canonical-json.ts";
import type { WireRequest } from "../exchanges.ts";
import { keyedRequest } from "../key.ts";
import type { Json } from "../row.ts";
import { isObject } from "../spec.ts";

/** Requests with one and the same text here are the same request: origin, method, path, body and draw. */
export function matchOf(request: WireRequest, origin: string = request.origin): string {
  const { method, path, draw } = request;
  return hash(
    "sha256",
    canonicalJson({ origin, method, path, body: bodyOf(request) ?? null, draw: draw ?? null }),
  );
}

/**
 * A request's body as it is matched: JSON whatever its spelling, without what it is stored or accounted under. Two
 * steps may ask for one answer, and which of them is first is chance; so are the names that batches are tagged with.
 */
export function bodyOf({ body }: WireRequest): Json | undefined {
  if (typeof body !== "string") return body as unknown as Json | undefined;
  try {
    const value = JSON.parse(body) as Json;
    // What cannot be written canonically is matched as the text that it is.
    canonicalJson({ body: value });
    return isObject(value) ? keyedRequest(value) : value;
  } catch {
    return body;
  }
}
