import { measureRequest } from "../../../runner/money/request-size.ts";
import {
  type AttemptEnd,
  type Connection,
  type ModelAnswer,
  type ModelRequest,
  type RequestExecution,
  RequestFailure,
} from "../../../runner/provider.ts";
import type { Limiter, Permit } from "../limiter/limiter.ts";
import type { AskedSize } from "../limiter/token-bounds.ts";
import { troubleOf } from "../limiter/trouble.ts";
import { type Attempt, tryRepeatedly } from "../retry.ts";
import { readCompletionText } from "./completion.ts";
import {
  describeBadBody,
  describeFailure,
  describeResponse,
  describeUnreachable,
  type FailedAttempt,
  type FailureContext,
} from "./failure.ts";
import { checkOpenAIRequest, toCompletionBody } from "./request.ts";
import type { Transport } from "./transport.ts";

/** What chat completions are asked for with. */
export interface Answering {
  readonly transport: Pick<Transport, "send">;
  readonly origin: string;
  /** Of chat completions. */
  readonly path: string;
  readonly keyName: string | undefined;
  readonly apiKey: string | undefined;
  /** The account's; undefined where answers were recorded, and nobody has to wait. */
  readonly limiter: Limiter | undefined;
}

/**
 * Asks for chat completions straight over the transport, as the account's limiter lets through. A server may make a
 * request wait for four times as long as an attempt may take, and for ten minutes at least.
 */
export function openAnswering(answering: Answering): Connection["answer"] {
  return async (request, execution, signal) => {
    const forbidden = checkOpenAIRequest(request.parameters).find(({ severity }) => severity !== "warning");
    if (forbidden !== undefined)
      throw new RequestFailure(forbidden.message, {
        scope: "stop",
        ...(forbidden.hint !== undefined && { hint: forbidden.hint }),
      });
    const patienceMs = Math.max(4 * execution.timeoutMs, 600_000);
    const asking = {
      ...answering,
      request,
      body: JSON.stringify(toCompletionBody(request)),
      size: { ...measureRequest(request.messages, request.parameters), model: request.model },
      execution,
      signal,
      patienceMs,
    };
    let tried = 0;
    return tryRepeatedly(() => attempt(asking, ++tried), {
      retries: execution.retries,
      signal,
      stop: execution.stop,
      patienceMs,
      deadlineAt: execution.deadlineAt,
      // Where others are answered it was chance, and chance is over soon.
      maxMs: () => (answering.limiter?.isWell() ? 2000 : 30_000),
      waits: answering.limiter !== undefined,
    });
  };
}

interface Asking extends Answering {
  readonly request: ModelRequest;
  readonly body: string;
  readonly size: AskedSize;
  readonly execution: RequestExecution;
  readonly signal: AbortSignal;
  readonly patienceMs: number;
}

/** A completion of the longest output there is stays far below. */
const maxBodyBytes = 32 * 1024 * 1024;

/** A server that was never there is not waited for: so many attempts are enough to know. */
const attemptsToReach = 3;

async function attempt(asking: Asking, tried: number): Promise<Attempt<ModelAnswer>> {
  const { limiter, origin } = asking;
  // Before the limiter lets it in: what is let in is counted as sent now.
  const end = await asking.execution.onAttempt?.();
  const result = await ask(asking, await enter(asking, end), end);
  if (limiter !== undefined) tell(result, asking);
  if (result.outcome === "answered" || result.unreachable !== true) return result;
  if (limiter === undefined || limiter.answered || tried < attemptsToReach) return result;
  return { ...result, again: false, scope: "stop", hint: describeUnreachable(origin) };
}

function tell(result: Attempt<ModelAnswer>, { execution, origin, patienceMs }: Asking): void {
  const trouble = troubleOf(execution.note);
  if (result.outcome === "answered") trouble.answered();
  if (result.outcome === "answered" || !result.again) return;
  trouble.failed(result.message);
  // A longer wait is not waited for: the failure tells it.
  if ((result.retryAfterMs ?? 0) <= patienceMs) trouble.waits(result.retryAfterMs ?? 0, origin);
}

/** Called with what became of an attempt without an answer. */
type OnEnd = ((end: AttemptEnd) => void) | undefined;

async function enter(
  { limiter, size, signal, execution, patienceMs }: Asking,
  onEnd: OnEnd,
): Promise<Permit | undefined> {
  try {
    return await limiter?.enter({
      size,
      signal,
      stop: execution.stop,
      deadlineAt: execution.deadlineAt,
      patienceMs,
      note: execution.note,
    });
  } catch (error) {
    onEnd?.("not sent");
    throw error;
  }
}

async function ask(asking: Asking, permit: Permit | undefined, onEnd: OnEnd): Promise<Attempt<ModelAnswer>> {
  try {
    const result = await send(asking, permit);
    if (result.outcome === "failed") onEnd?.(endOf(result));
    return result;
  } catch (error) {
    const isRefused = error instanceof RequestFailure && !error.taken;
    onEnd?.(isRefused ? "refused" : "taken");
    throw error;
  }
}

function endOf({ taken, unreachable }: FailedAttempt): AttemptEnd {
  if (taken === true) return "taken";
  return unreachable === true ? "not sent" : "refused";
}

async function send(asking: Asking, permit: Permit | undefined): Promise<Attempt<ModelAnswer>> {
  const { transport, origin, path, body, signal } = asking;
  const sending = { signal, timeoutMs: asking.execution.timeoutMs, maxBodyBytes };
  const start = performance.now();
  try {
    const response = await transport.send(
      { method: "POST", origin, path, body, draw: asking.request.draw },
      sending,
    );
    const { status, headers } = response;
    const read = status === 200 ? readCompletionText(response.body, performance.now() - start) : undefined;
    const answer = read !== undefined && "answer" in read ? read.answer : undefined;
    const header = (name: string) => headers[name] ?? null;
    permit?.leave({ status, header, good: answer !== undefined, usage: answer?.usage ?? null });
    if (read === undefined) return describeResponse(response, failing(asking));
    return "answer" in read
      ? { outcome: "answered", value: read.answer }
      : describeBadBody(read.fault, read.again, failing(asking));
  } catch (error) {
    permit?.leave();
    signal.throwIfAborted();
    return describeFailure(error, failing(asking));
  }
}

function failing({ origin, request, keyName, apiKey }: Asking): FailureContext {
  return { origin, model: request.model, keyName, apiKey };
}
