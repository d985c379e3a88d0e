import { hash } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { ScriptedAnswer } from "./answer.ts";

/** What can go wrong with a request that the server has accepted. */
export const faultKinds = [
  "rate_limit",
  "server_error",
  "unavailable",
  "reset",
  "hang",
  "truncated",
  "html",
  "empty",
  "no_choices",
  "quota",
  "unauthorized",
  "forbidden",
  "not_found",
  "redirect",
  "drip",
  "refusal",
  "content_filter",
  "length",
] as const;

/** One of `faultKinds`. */
export type FaultKind = (typeof faultKinds)[number];

/** Which requests go wrong: drawn by a seed from each request's content and how often it came. */
export interface SeededFaults {
  /** Share of requests that go wrong, from 0 to 1. */
  readonly rate: number;
  readonly kinds: readonly FaultKind[];
  readonly seed: number;
}

/** The fault of the n-th arrival (from 0) of a request; the same whatever else is under way. */
export function drawFault(faults: SeededFaults, request: string, n: number): FaultKind | undefined {
  const digest = hash("sha256", JSON.stringify([faults.seed, request, n]));
  if (Number.parseInt(digest.slice(0, 8), 16) / 0x100000000 >= faults.rate) return undefined;
  return faults.kinds[Number.parseInt(digest.slice(8, 16), 16) % faults.kinds.length];
}

/** Faults that are answers: they change what the model says, and the status stays 200. */
export function spoilAnswer(kind: FaultKind | undefined, answer: ScriptedAnswer): ScriptedAnswer {
  switch (kind) {
    case "refusal":
      return { content: null, refusal: "I can't help with that." };
    case "content_filter":
      return { content: "", finish_reason: "content_filter" };
    case "length":
      return { ...answer, content: answer.content?.slice(0, 5) ?? null, finish_reason: "length" };
    default:
      return answer;
  }
}

/** What a faulty response needs to know. */
export interface FaultContext {
  /** The body that a good response would have had. */
  readonly good: string;
  readonly retryAfter: { readonly [header: string]: string };
  readonly redirectTo: string;
  readonly dripMs: number;
  /** To be called with the status before the first byte is sent. */
  answering(status: number): void;
}

/** Answers with a fault; false where this kind leaves the transport alone. */
export function answerWithFault(
  kind: FaultKind | undefined,
  response: ServerResponse,
  context: FaultContext,
): boolean {
  const { good } = context;
  const error = (status: number, type: string, code: string | null, message: string, headers = {}) => {
    send(status, JSON.stringify({ error: { message, type, param: null, code } }), headers);
  };
  const send = (status: number, body: string, headers: { readonly [name: string]: string } = {}) => {
    context.answering(status);
    response.writeHead(status, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      ...headers,
    });
    response.end(body);
  };
  switch (kind) {
    case "rate_limit":
      error(429, "requests", "rate_limit_exceeded", "Rate limit reached.", context.retryAfter);
      return true;
    case "server_error":
      error(500, "server_error", null, "The server had an error while processing your request.");
      return true;
    case "unavailable":
      error(503, "server_error", null, "The engine is currently overloaded, please try again later.");
      return true;
    case "quota":
      error(429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota.");
      return true;
    case "unauthorized":
      error(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided.");
      return true;
    case "forbidden":
      error(403, "invalid_request_error", "unsupported_country_region_territory", "Country not supported.");
      return true;
    case "not_found":
      error(
        404,
        "invalid_request_error",
        "model_not_found",
        "The model does not exist or you have no access to it.",
      );
      return true;
    case "redirect":
      send(307, "", { location: context.redirectTo });
      return true;
    case "html":
      send(200, "<!doctype html><title>Sign in</title>", { "content-type": "text/html; charset=utf-8" });
      return true;
    case "empty":
      send(200, "");
      return true;
    case "no_choices":
      send(200, JSON.stringify({ ...JSON.parse(good), choices: [] }));
      return true;
    case "truncated":
      send(200, good.slice(0, -20));
      return true;
    case "reset":
      context.answering(200);
      response.writeHead(200, {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(good),
      });
      response.write(good.slice(0, good.length / 2), () => response.socket?.resetAndDestroy());
      return true;
    case "drip":
      context.answering(200);
      response.writeHead(200, { "content-type": "application/json" });
      drip(response, good, context.dripMs);
      return true;
    case "hang":
      return true;
    default:
      return false;
  }
}

function drip(response: ServerResponse, text: string, everyMs: number): void {
  let sent = 0;
  const timer = setInterval(() => {
    response.write(text.slice(sent, sent + 1));
    sent += 1;
    if (sent < text.length) return;
    clearInterval(timer);
    response.end();
  }, everyMs);
  response.on("close", () => clearInterval(timer));
}
