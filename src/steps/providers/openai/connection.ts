import type { OpenAI } from "openai";
import {
  type Connection,
  type ModelAnswer,
  type ProviderContext,
  RequestFailure,
} from "../../../runner/provider.ts";
import { type Attempt, tryRepeatedly } from "../retry.ts";
import {
  baseUrlFault,
  type Destination,
  defaultBaseUrl,
  normaliseBaseUrl,
  originOf,
  originToAllow,
} from "./base-url.ts";
import { readCompletion } from "./completion.ts";
import { describeBadBody, describeFailure, type FailureContext } from "./failure.ts";
import { type CompletionBody, checkOpenAIRequest, toCompletionBody } from "./request.ts";
import { openTransport } from "./transport.ts";

/** The parameters that a connection is opened with. */
export interface ConnectionParams extends Destination {
  readonly organization?: string | undefined;
  readonly project?: string | undefined;
}

/** Longest response body; a completion of the longest output there is stays far below. */
const maxBodyBytes = 32 * 1024 * 1024;

/**
 * Opens a connection through the SDK, after checking that prompts and key may go where they would go.
 * @throws RequestFailure with scope `stop` where they may not, or the key is missing.
 */
export async function openConnection(context: ProviderContext<ConnectionParams>): Promise<Connection> {
  const { params } = context;
  const fault = baseUrlFault(params.base_url);
  if (fault !== undefined) throw new RequestFailure(fault, { scope: "stop" });
  const origin = originOf(params.base_url);
  const toAllow = originToAllow(params);
  if (toAllow !== undefined && !context.allowsOrigin(toAllow)) throw notAllowed(toAllow, params.api_key_env);
  const apiKey = readKey(context);

  const transport = openTransport({ origin, apiKey, maxBodyBytes });
  const { APIConnectionTimeoutError, OpenAI } = await import("openai");
  // Everything that the SDK would otherwise take from the environment is given, if only as null.
  const client = new OpenAI({
    baseURL: normaliseBaseUrl(params.base_url),
    apiKey: "kept-by-the-transport",
    adminAPIKey: null,
    organization: params.organization ?? null,
    project: params.project ?? null,
    webhookSecret: null,
    logLevel: "off",
    maxRetries: 0,
    fetch: transport.fetch,
  });
  return {
    answer: (request, execution, signal) => {
      const failing: FailureContext = {
        origin,
        model: request.model,
        keyName: params.api_key_env,
        timeoutMs: execution.timeoutMs,
        apiKey,
        isTimeout: (error) => error instanceof APIConnectionTimeoutError,
      };
      const [forbidden] = checkOpenAIRequest(request.parameters);
      if (forbidden !== undefined)
        return Promise.reject(new RequestFailure(forbidden.message, { scope: "stop" }));
      const body = toCompletionBody(request);
      return tryRepeatedly(() => ask({ client, body, failing, signal }), {
        retries: execution.retries,
        signal,
        ...(execution.stop === undefined ? {} : { stop: execution.stop }),
      });
    },
    close: async () => transport.close(),
  };
}

function readKey({ params, secret }: ProviderContext<ConnectionParams>): string | undefined {
  const name = params.api_key_env;
  if (name === undefined) return undefined;
  const key = secret(name);
  if (key === undefined || key === "") {
    throw new RequestFailure(`${name} is not set`, {
      scope: "stop",
      hint: `set ${name} to the key, or take api_key_env out where the server needs none`,
    });
  }
  // Node's own refusal of such a header comes per request, and does not say which variable is meant.
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new RequestFailure(`${name} holds a space, a line break or another character that no key has`, {
      scope: "stop",
      hint: `set ${name} again, without quotes or a line break around the key`,
    });
  }
  return key;
}

function notAllowed(origin: string, keyName: string | undefined): RequestFailure {
  if (keyName === undefined && origin === originOf(defaultBaseUrl)) {
    return new RequestFailure(`${origin} wants a key`, {
      scope: "stop",
      hint: "name its environment variable: api_key_env: OPENAI_API_KEY",
    });
  }
  const what = keyName === undefined ? "prompts" : `prompts and the key ${keyName}`;
  return new RequestFailure(`${what} would go to ${origin}, which you have not allowed`, {
    scope: "stop",
    hint: `if that is meant, run with --allow-origin ${origin}`,
  });
}

interface Asking {
  readonly client: OpenAI;
  readonly body: CompletionBody;
  readonly failing: FailureContext;
  readonly signal: AbortSignal;
}

async function ask({ client, body, failing, signal }: Asking): Promise<Attempt<ModelAnswer>> {
  const start = performance.now();
  let completion: unknown;
  try {
    completion = await client.chat.completions.create(body, {
      signal,
      timeout: failing.timeoutMs,
      maxRetries: 0,
    });
  } catch (error) {
    signal.throwIfAborted();
    return describeFailure(error, failing);
  }
  const read = readCompletion(completion, performance.now() - start);
  return "answer" in read
    ? { outcome: "answered", value: read.answer }
    : describeBadBody(read.fault, read.again, failing);
}
