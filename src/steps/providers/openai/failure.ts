import type { WireResponse } from "../../../runner/exchanges.ts";
import { RequestFailure } from "../../../runner/provider.ts";
import { readWaitMs } from "../limiter/rate-headers.ts";
import type { Attempt } from "../retry.ts";
import { transportFaults } from "./network.ts";
import { tidy } from "./tidy.ts";

/** A failed attempt, as `tryRepeatedly` takes it. */
export type FailedAttempt = Extract<Attempt<never>, { outcome: "failed" }>;

/** What a failure is told with. */
export interface FailureContext {
  /** Where the request went. */
  readonly origin: string;
  /** The model that was asked; undefined where the request is about none. */
  readonly model: string | undefined;
  /** The name of the key's environment variable. */
  readonly keyName: string | undefined;
  /** Taken out of every text that a server wrote. */
  readonly apiKey: string | undefined;
}

/**
 * Sorts what the SDK or the transport threw: what it was, whether to ask again, and whether anything else can succeed.
 * @throws RequestFailure where it is one already
 */
export function describeFailure(error: unknown, context: FailureContext): FailedAttempt {
  const { origin } = context;
  const cause = innermost(error);
  if (cause instanceof RequestFailure) throw cause;
  if (isApiError(error)) return describeStatus(readApiError(error), context);
  if (cause instanceof SyntaxError)
    return { ...retry(`${origin} sent JSON that ends or breaks in the middle`), taken: true };
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const said = tidy(cause instanceof Error ? cause.message || cause.name : String(cause), context.apiKey);
  switch (code) {
    case transportFaults.tooLong:
      return { ...retry(`${origin} does not answer as it should: ${said}`), again: false, taken: true };
    case transportFaults.garbled:
      return { ...retry(`${origin} does not answer as it should: ${said}`), taken: true };
    default:
      return {
        ...retry(`no answer from ${origin}: ${said}`),
        ...(unreachable.has(code) ? { unreachable: true } : { taken: true }),
      };
  }
}

/** Sorts a response whose status is not 200. */
export function describeResponse(response: WireResponse, context: FailureContext): FailedAttempt {
  const { status, headers, body } = response;
  return describeStatus({ status, header: (name) => headers[name] ?? null, ...readErrorBody(body) }, context);
}

/** A body with status 200 that is no answer: never taken for a good one. */
export function describeBadBody(fault: string, again: boolean, context: FailureContext): FailedAttempt {
  return { ...retry(`${context.origin} sent ${tidy(fault, context.apiKey)}`), again, taken: true };
}

/** True for what the transport throws where a server is not there. */
export function isUnreachable(error: unknown): boolean {
  const cause = innermost(error);
  return cause instanceof Error && "code" in cause && unreachable.has(String(cause.code));
}

/** What to do about a server that is not there. */
export function describeUnreachable(origin: string): string {
  return `nothing answers there: start the server, or check base_url and the network to ${origin}`;
}

/** Errors of a server that is not there, rather than one that broke off. */
const unreachable: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/** What a response that is no answer says. */
interface BadResponse {
  readonly status: number;
  readonly said: string;
  readonly code: unknown;
  readonly type: unknown;
  header(name: string): string | null;
}

function describeStatus(response: BadResponse, context: FailureContext): FailedAttempt {
  const { origin, model } = context;
  const { status } = response;
  const said = tidy(response.said, context.apiKey);
  const message = `${origin} answered ${status}${said === "" ? "" : `: ${said}`}`;

  if (status >= 300 && status < 400) {
    const target = URL.parse(response.header("location") ?? "", origin)?.host ?? "an unknown place";
    return stop(
      `${origin} answered ${status}, a redirect to ${tidy(target, context.apiKey)}, and prompts follow no redirect`,
      "if the API has moved there, write that address as base_url",
    );
  }
  if (status === 402 || [response.code, response.type].includes("insufficient_quota")) {
    return stop(message, "the account has no quota left: add credit or raise its limit, then run again");
  }
  switch (status) {
    case 401:
      return stop(
        message,
        context.keyName === undefined
          ? "the server wants a key: name its environment variable as api_key_env"
          : `check that ${context.keyName} holds a valid key for ${origin}`,
      );
    case 403:
      return stop(
        message,
        `the key may not ${model === undefined ? "do this" : `use ${model}`} there: check its project, its permissions and the region`,
      );
    case 404:
      return stop(message, describeMissing(response.code, model));
    default: {
      // It is more than a whole minute's worth: it would be refused for ever.
      if (status === 429 && /request too large/i.test(said))
        return { ...retry(message), again: false, hint: "shorten the prompt, or raise the account's limit" };
      const retryAfterMs = readWaitMs(status, response.header);
      return {
        ...retry(message),
        again: status === 408 || status === 409 || status === 429 || status >= 500,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs, uncounted: true }),
      };
    }
  }
}

function describeMissing(code: unknown, model: string | undefined): string {
  if (model === undefined) return "check base_url: most servers' ends in /v1";
  return code === "model_not_found"
    ? `check the name "${model}", and that the key's account may use it`
    : `check base_url (most servers' ends in /v1) and the model's name, "${model}"`;
}

function retry(message: string): FailedAttempt {
  return { outcome: "failed", message, scope: "request", again: true };
}

function stop(message: string, hint: string): FailedAttempt {
  return { outcome: "failed", message, hint, scope: "stop", again: false };
}

/** What of the SDK's APIError is read here. */
interface ApiError extends Error {
  readonly status: number;
  readonly headers: Headers | undefined;
  /** The `error` of the body. */
  readonly error: unknown;
}

// By shape: importing the SDK's classes would load it for requests that do without.
function isApiError(error: unknown): error is ApiError {
  return error instanceof Error && "status" in error && typeof error.status === "number";
}

function readApiError(error: ApiError): BadResponse {
  return {
    status: error.status,
    header: (name) => error.headers?.get(name) ?? null,
    ...readErrorFields(error.error, error.message.replace(/^\d+ /, "")),
  };
}

function readErrorBody(body: string): Pick<BadResponse, "said" | "code" | "type"> {
  try {
    const read: unknown = JSON.parse(body);
    const error = typeof read === "object" && read !== null && "error" in read ? read.error : read;
    return readErrorFields(error, typeof error === "string" ? error : body);
  } catch {
    return readErrorFields(undefined, body);
  }
}

function readErrorFields(error: unknown, text: string): Pick<BadResponse, "said" | "code" | "type"> {
  const fields = (typeof error === "object" && error !== null ? error : {}) as {
    readonly [name: string]: unknown;
  };
  const said = typeof fields.message === "string" ? fields.message : text;
  return {
    said: /<html|<!doctype/i.test(said) ? "a web page" : said,
    code: fields.code,
    type: fields.type,
  };
}

/** The deepest cause, where the system call that failed is named. */
function innermost(error: unknown): unknown {
  let deepest = error;
  for (let depth = 0; depth < 5 && deepest instanceof Error && deepest.cause instanceof Error; depth += 1) {
    deepest = deepest.cause;
  }
  return deepest instanceof AggregateError && deepest.message === "" ? deepest.errors[0] : deepest;
}
