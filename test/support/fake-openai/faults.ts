import { hash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { ScriptedAnswer } from "./answer.ts";
import { type ErrorFault, errorFaults } from "./error-faults.ts";

/** Faults after which the very same request may succeed. */
export const transientKinds = [
  "rate_limit",
  "rate_limit_seconds",
  "rate_limit_date",
  "rate_limit_bare",
  "request_timeout",
  "conflict",
  "server_error",
  "bad_gateway",
  "html_bad_gateway",
  "unavailable",
  "gateway_timeout",
  "overloaded",
  "reset",
  "hang",
  "slow_headers",
  "hang_mid_body",
  "drip",
  "truncated",
  "gzip_garbage",
  "html",
  "empty",
  "null_body",
  "wrong_shape",
  "no_choices",
  "empty_content",
] as const;

/** Faults that are answers: they change what the model says, and the status stays 200. */
export const dataKinds = ["refusal", "content_filter", "length"] as const;

/** Faults that no other request of this client escapes. */
const stopKinds = ["quota", "unauthorized", "forbidden", "not_found", "redirect"] as const;

/** What can go wrong with a request that the server has accepted. */
export const faultKinds = [...transientKinds, ...dataKinds, ...stopKinds] as const;

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

/** True where the answer is good in the end: changed in what it says, or slow, or without any fault. */
export function isGoodAnswer(kind: FaultKind | undefined): boolean {
  return kind === undefined || ["slow_headers", "drip", ...dataKinds].includes(kind);
}

/** True where the request is refused before any work is done for it; otherwise it is done and its answer lost. */
export function isRefusal(kind: FaultKind): boolean {
  const error = errorFaults[kind];
  return kind === "redirect" || (error !== undefined && error.status < 500);
}

/** The model's part in a fault: what it says in place of its answer. */
export function spoilAnswer(kind: FaultKind | undefined, answer: ScriptedAnswer): ScriptedAnswer {
  switch (kind) {
    case "refusal":
      return { content: null, refusal: "I can't help with that." };
    case "content_filter":
      return { content: "", finish_reason: "content_filter" };
    case "length":
      return { ...answer, content: answer.content?.slice(0, 5) ?? null, finish_reason: "length" };
    case "empty_content":
      return { content: null };
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
  /** How long slow headers take. */
  readonly slowMs: number;
  /** To be called with the status before the first byte is sent. */
  answering(status: number): void;
  /** To be called before the last byte of a good answer. */
  delivering(): void;
}

/** Answers with a fault; false where this kind leaves the transport alone. */
export async function answerWithFault(
  kind: FaultKind | undefined,
  response: ServerResponse,
  context: FaultContext,
): Promise<boolean> {
  if (kind === undefined) return false;
  const { good } = context;
  const json = { "content-type": "application/json" };
  const start = (status: number, headers: { readonly [name: string]: string | number }) => {
    context.answering(status);
    response.writeHead(status, headers);
  };
  const send = (status: number, body: string | Buffer, headers: { readonly [name: string]: string } = {}) => {
    start(status, { ...json, "content-length": Buffer.byteLength(body), ...headers });
    response.end(body);
    return true;
  };
  const html = { "content-type": "text/html; charset=utf-8" };
  const error = errorFaults[kind];
  if (error !== undefined) {
    return send(
      error.status,
      errorBody(error),
      error.headers?.() ?? (error.status === 429 ? context.retryAfter : {}),
    );
  }
  switch (kind) {
    case "redirect":
      return send(307, "", { location: context.redirectTo });
    case "html":
      return send(200, "<!doctype html><title>Sign in</title>", html);
    case "html_bad_gateway":
      return send(502, "<html><head><title>502 Bad Gateway</title></head></html>", html);
    case "empty":
      return send(200, "");
    case "null_body":
      return send(200, "null");
    case "no_choices":
      return send(200, JSON.stringify({ ...JSON.parse(good), choices: [] }));
    case "wrong_shape":
      return send(200, JSON.stringify({ ...JSON.parse(good), choices: { 0: "answer" } }));
    case "truncated":
      return send(200, good.slice(0, -20));
    case "gzip_garbage":
      return send(200, Buffer.from(good).subarray(0, 40), { "content-encoding": "gzip" });
    case "reset":
      start(200, { ...json, "content-length": Buffer.byteLength(good) });
      response.write(good.slice(0, good.length / 2), () => response.socket?.resetAndDestroy());
      return true;
    case "hang_mid_body":
      start(200, { ...json, "content-length": Buffer.byteLength(good) });
      response.write(good.slice(0, good.length / 2));
      return true;
    case "drip":
      start(200, json);
      drip(response, context);
      return true;
    case "slow_headers":
      await sleep(context.slowMs);
      return response.destroyed;
    case "hang":
      return true;
    default:
      return false;
  }
}

function errorBody({ type, code, message }: ErrorFault): string {
  return JSON.stringify({ error: { message, type, param: null, code } });
}

function drip(response: ServerResponse, { good, dripMs, delivering }: FaultContext): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (sent === good.length - 1) delivering();
    response.write(good.slice(sent, sent + 1));
    sent += 1;
    if (sent < good.length) return;
    clearInterval(timer);
    response.end();
  }, dripMs);
  response.on("close", () => clearInterval(timer));
}
