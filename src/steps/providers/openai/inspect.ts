import { type ModelFacts, RequestFailure } from "../../../runner/provider.ts";
import { type Destination, normaliseBaseUrl } from "./base-url.ts";
import { describeUnreachable, isUnreachable } from "./failure.ts";
import type { Transport } from "./transport.ts";

/** What a server is asked about a model with. */
export interface Inspection extends Destination {
  readonly transport: Pick<Transport, "send">;
}

/**
 * What a server says of a model: of this one where it can be asked about one, else by its list. Costs nothing.
 *
 * @throws RequestFailure where it cannot be asked; with scope `stop` where it refuses the key
 */
export async function inspectModel(
  inspection: Inspection,
  model: string,
  signal: AbortSignal,
): Promise<ModelFacts> {
  const one = await ask(inspection, `models/${encodeURIComponent(model)}`, signal);
  if (isRecord(one) && one.id !== undefined) return { exists: true, shutdown_date: readShutdownDate(one) };
  if (one === "no such model" && !namesDeployments(inspection)) return { exists: false, shutdown_date: null };
  const list = await ask(inspection, "models", signal);
  const entries = isRecord(list) && Array.isArray(list.data) ? list.data.filter(isRecord) : undefined;
  // Proxies, deployments and servers of one model answer to names that they do not list.
  const found = entries?.find(({ id }) => id === model);
  if (found !== undefined) return { exists: true, shutdown_date: readShutdownDate(found) };
  return {
    exists: undefined,
    shutdown_date: null,
    ...(entries !== undefined && { listed: entries.map(({ id }) => String(id)) }),
  };
}

/** A server that did not answer such a short question by then does not answer. */
const timeoutMs = 10_000;

type Fields = { readonly [name: string]: unknown };

/** The body; `no such page` where the server keeps none there, `no such model` where it says that of the model. */
async function ask(
  { base_url, api_key_env, transport }: Inspection,
  page: string,
  signal: AbortSignal,
): Promise<Fields | "no such page" | "no such model"> {
  const url = new URL(`${normaliseBaseUrl(base_url)}/${page}`);
  const request = { method: "GET", origin: url.origin, path: url.pathname, body: undefined } as const;
  const { status, body: text } = await transport
    .send(request, { signal, timeoutMs })
    .catch((error: Error): never => {
      signal.throwIfAborted();
      if (error instanceof RequestFailure) throw error;
      throw new RequestFailure(`no answer from ${url.origin}: ${error.message || error.name}`, {
        cause: error,
        ...(isUnreachable(error) && { hint: describeUnreachable(url.origin) }),
      });
    });
  const body = parse(text);
  const error = isRecord(body) && isRecord(body.error) ? body.error : undefined;
  if (status === 404 && error?.code === "model_not_found") return "no such model";
  if (status === 404 || status === 405 || status === 501) return "no such page";
  if (status === 200 && isRecord(body)) return body;
  if (status === 200)
    throw new RequestFailure(`${url.origin} sent no JSON for ${url.pathname}`, {
      hint: "check base_url: most servers' ends in /v1",
    });
  if (status === 401 && !/scope|permission/i.test(String(error?.message)))
    throw new RequestFailure(`${url.origin} refuses the key`, {
      scope: "stop",
      hint:
        api_key_env === undefined
          ? "the server wants a key: name its environment variable as api_key_env"
          : `check that ${api_key_env} holds a valid key for ${url.origin}`,
    });
  // A key may be allowed to ask models and not to list them.
  if (status === 401 || status === 403) return "no such page";
  throw new RequestFailure(`${url.origin} answered ${status} for ${url.pathname}`);
}

// On Azure a model goes by the name of its deployment, which is asked for elsewhere.
function namesDeployments({ base_url }: Inspection): boolean {
  return new URL(normaliseBaseUrl(base_url)).hostname.endsWith(".azure.com");
}

/** Read from `shutdown_date` (OpenAI), `expiration_date` (OpenRouter) or `deprecation.inference` (Azure, seconds since the epoch). */
function readShutdownDate(entry: Fields): string | null {
  const seconds = isRecord(entry.deprecation) ? entry.deprecation.inference : undefined;
  if (typeof seconds === "number" && seconds > 0 && seconds < 1e10)
    return new Date(seconds * 1000).toISOString().slice(0, 10);
  const day = /^\d{4}-\d{2}-\d{2}(?=$|T)/.exec(String(entry.shutdown_date ?? entry.expiration_date))?.[0];
  return day === undefined || Number.isNaN(Date.parse(day)) ? null : day;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
