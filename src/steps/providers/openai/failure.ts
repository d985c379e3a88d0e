import type { APIError } from "openai";
import { type Attempt, readRetryAfterMs } from "../retry.ts";
import { tooLong } from "./transport.ts";

/** A failed attempt, as `tryRepeatedly` takes it. */
export type FailedAttempt = Extract<Attempt<never>, { outcome: "failed" }>;

/** What a failure is told with. */
export interface FailureContext {
  /** Where the request went. */
  readonly origin: string;
  readonly model: string;
  /** The name of the key's environment variable. */
  readonly keyName: string | undefined;
  readonly timeoutMs: number;
  /** Taken out of every text that a server wrote. */
  readonly apiKey: string | undefined;
  /** True for the SDK's own error that an attempt took too long. */
  isTimeout(error: unknown): boolean;
}

/** Sorts what the SDK threw: what it was, whether to ask again, and whether anything else can succeed. */
export function describeFailure(error: unknown, context: FailureContext): FailedAttempt {
  const { origin } = context;
  if (isApiError(error) && error.status !== undefined) return describeStatus(error, error.status, context);
  if (context.isTimeout(error)) {
    return retry(`${origin} did not answer within ${context.timeoutMs / 1000} s`);
  }
  if (error instanceof SyntaxError) return retry(`${origin} sent JSON that ends or breaks in the middle`);
  const cause = innermost(error);
  const again = !(cause instanceof Error && "code" in cause && cause.code === tooLong);
  const said = cause instanceof Error ? cause.message || cause.name : String(cause);
  return { ...retry(`no answer from ${origin}: ${tidy(said, context)}`), again };
}

/** A body with status 200 that is no answer: never taken for a good one. */
export function describeBadBody(fault: string, again: boolean, context: FailureContext): FailedAttempt {
  return { ...retry(`${context.origin} sent ${tidy(fault, context)}`), again };
}

function describeStatus(error: APIError, status: number, context: FailureContext): FailedAttempt {
  const { origin, model } = context;
  const said = tidy(messageOf(error), context);
  const message = `${origin} answered ${status}${said === "" ? "" : `: ${said}`}`;
  const retryAfterMs = error.headers === undefined ? undefined : readRetryAfterMs(error.headers);

  if (status >= 300 && status < 400) {
    const target = URL.parse(error.headers?.get("location") ?? "", origin)?.host ?? "an unknown place";
    return stop(
      `${origin} answered ${status}, a redirect to ${target}, and prompts follow no redirect`,
      "if the API has moved there, write that address as base_url",
    );
  }
  if (status === 402 || [error.code, error.type].includes("insufficient_quota")) {
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
        `the key may not use ${model} there: check its project, its permissions and the region`,
      );
    case 404:
      return stop(
        message,
        error.code === "model_not_found"
          ? `check the name "${model}", and that the key's account may use it`
          : `check base_url (most servers' ends in /v1) and the model's name, "${model}"`,
      );
    default:
      return {
        ...retry(message),
        again: status === 408 || status === 409 || status === 429 || status >= 500,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      };
  }
}

function retry(message: string): FailedAttempt {
  return { outcome: "failed", message, scope: "request", again: true };
}

function stop(message: string, hint: string): FailedAttempt {
  return { outcome: "failed", message, hint, scope: "stop", again: false };
}

// By shape: importing the SDK's classes would load it before a connection is opened.
function isApiError(error: unknown): error is APIError {
  return error instanceof Error && "status" in error && "headers" in error;
}

function messageOf(error: APIError): string {
  const body: unknown = error.error;
  const said = typeof body === "object" && body !== null && "message" in body ? body.message : undefined;
  if (typeof said === "string") return said;
  return /<html|<!doctype/i.test(error.message) ? "a web page" : error.message.replace(/^\d+ /, "");
}

/** The deepest cause, where the system call that failed is named. */
function innermost(error: unknown): unknown {
  let deepest = error;
  for (let depth = 0; depth < 5 && deepest instanceof Error && deepest.cause instanceof Error; depth += 1) {
    deepest = deepest.cause;
  }
  return deepest instanceof AggregateError && deepest.message === "" ? deepest.errors[0] : deepest;
}

/** One short line, without the key and without what moves a cursor. */
function tidy(text: string, context: FailureContext): string {
  const line = (context.apiKey === undefined ? text : text.replaceAll(context.apiKey, "[key]"))
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .replace(/\.$/, "");
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
