import { hash } from "node:crypto";
import { type Connection, type ProviderContext, RequestFailure } from "../../../runner/provider.ts";
import { type Limiter, type Limits, openLimiter } from "../limiter/limiter.ts";
import { openAnswering } from "./answer.ts";
import {
  baseUrlFault,
  type Destination,
  defaultBaseUrl,
  normaliseBaseUrl,
  originOf,
  originToAllow,
} from "./base-url.ts";
import { openBatches } from "./batches.ts";
import { inspectModel } from "./inspect.ts";
import { openApi } from "./sdk.ts";
import { openStoredCompletions } from "./stored-completions.ts";
import { openTransport } from "./transport.ts";

/** The parameters that a connection is opened with. */
export interface ConnectionParams extends Destination {
  readonly organization?: string | undefined;
  readonly project?: string | undefined;
  readonly limits?: Limits | undefined;
}

/** Longest response body; a file of a batch's results is the longest there is. */
const maxBodyBytes = 256 * 1024 * 1024;

/**
 * Opens a connection, after checking that prompts and key may go where they would go. Where exchanges are replayed
 * nothing goes anywhere, and neither is needed.
 * @throws RequestFailure with scope `stop` where they may not, or the key is missing.
 */
export async function openConnection(context: ProviderContext<ConnectionParams>): Promise<Connection> {
  const { params, exchanges } = context;
  const fault = baseUrlFault(params.base_url);
  if (fault !== undefined) throw new RequestFailure(fault, { scope: "stop" });
  const replays = exchanges?.mode === "replay";
  if (!replays) refuseUnallowed(context);
  const apiKey = replays ? undefined : readKey(context);
  const origin = originOf(params.base_url);
  const keyName = params.api_key_env;

  const transport = openTransport({
    origin,
    apiKey,
    maxBodyBytes,
    headers: accountHeaders(params),
    exchanges,
  });
  const api = openApi({ base_url: params.base_url, origin, keyName, apiKey, transport });
  const path = new URL(normaliseBaseUrl(params.base_url)).pathname.replace(/\/$/, "");
  const limiter = replays ? undefined : accountLimiter(context, apiKey);
  return {
    answer: openAnswering({ transport, origin, path: `${path}/chat/completions`, keyName, apiKey, limiter }),
    inspect: (model, signal) => inspectModel({ ...params, transport }, model, signal),
    batches: openBatches({ api, transport, origin, path, keyName, apiKey }),
    completions: openStoredCompletions(api, origin),
    close: async () => transport.close(),
  };
}

function accountHeaders({ organization, project }: ConnectionParams): { readonly [name: string]: string } {
  return {
    ...(organization === undefined ? {} : { "openai-organization": organization }),
    ...(project === undefined ? {} : { "openai-project": project }),
  };
}

/** One limiter for all steps and providers of a run that share an account. */
function accountLimiter(
  { params, shared }: ProviderContext<ConnectionParams>,
  apiKey: string | undefined,
): Limiter {
  const origin = originOf(params.base_url);
  const account = [origin, params.organization, params.project, apiKey && hash("sha256", apiKey)];
  const limiter = shared(`openai limiter ${JSON.stringify(account)}`, () => openLimiter(origin));
  limiter.lower(params.limits ?? {});
  return limiter;
}

function refuseUnallowed({ params, allowsOrigin }: ProviderContext<ConnectionParams>): void {
  const toAllow = originToAllow(params);
  if (toAllow !== undefined && !allowsOrigin(toAllow)) throw notAllowed(toAllow, params.api_key_env);
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
