import type { IncomingMessage } from "node:http";
import { type ApiError, notFound, refusal } from "./api-error.ts";
import type { FaultKind } from "./faults.ts";
import type { Call } from "./ledger.ts";
import type { QueryRules } from "./list-page.ts";

/** One call of the API that the server knows. */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below `/v1`; a part in braces is any one segment. */
  readonly path: string;
  /** Query parameters that it takes; none where left out. `name[]` stands for `name[KEY]`. */
  readonly query?: QueryRules;
  /** What it carries; nothing where left out. */
  readonly body?: "json" | "form";
  handle(request: RoutedRequest): Reply | ApiError | Promise<Reply | ApiError>;
}

/** A request whose transfer was found well. */
export interface RoutedRequest {
  readonly call: Call;
  /** What stands in the path's braces, in order. */
  readonly names: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** True when the client went away. */
  gone(): boolean;
}

/** A good answer, and what may go wrong with it. */
export interface Reply {
  readonly body: object | string;
  readonly headers?: { readonly [name: string]: string };
  readonly fault?: FaultKind | undefined;
  /** Called just before the last byte of a good answer. */
  readonly delivering?: () => void;
}

/** The route of a request with the names in its path, or why there is none. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { readonly route: Route; readonly names: readonly string[] } | ApiError {
  let known = false;
  for (const route of routes) {
    const names = matchPath(`/v1${route.path}`, path);
    if (names === undefined) continue;
    if (route.method === method) return { route, names };
    known = true;
  }
  return known
    ? refusal(405, `Not allowed to ${method} on ${path}`, "method_not_supported")
    : notFound(`Invalid URL (${method} ${path})`, "unknown_url");
}

/** Why a request's key, query or body is refused before its content is looked at. */
export function badTransfer(
  route: Route,
  request: IncomingMessage,
  { query, body }: Pick<RoutedRequest, "query" | "body">,
): ApiError | undefined {
  for (const [name, value] of query) {
    const rule = route.query?.[name.replace(/\[.+\]$/, "[]")];
    if (rule === undefined) return refusal(400, `Unknown query parameter: '${name}'.`, "unknown_parameter");
    if (!rule(value)) return refusal(400, `Invalid query parameter: '${name}=${value}'.`, "invalid_value");
  }
  const type = request.headers["content-type"] ?? "";
  switch (route.body) {
    case "json":
      if (!/^application\/json(\s*;\s*charset=utf-8)?$/i.test(type))
        return wrongType(type, "application/json");
      if (Number(request.headers["content-length"]) > maxJsonBytes) return refusal(413, "Request too large.");
      return body === undefined || typeof body === "string"
        ? refusal(400, "We could not parse the JSON body of your request.")
        : undefined;
    case "form":
      if (!/^multipart\/form-data\s*;\s*boundary=/i.test(type)) return wrongType(type, "multipart/form-data");
      return Array.isArray(body) ? undefined : refusal(400, "We could not parse the form of your request.");
    default:
      return body === undefined ? undefined : refusal(400, "This call takes no body.", "unknown_parameter");
  }
}

/** Why the key of a request is refused; `apiKey` undefined takes any key and none. */
export function badKey(header: string | undefined, apiKey: string | undefined): ApiError | undefined {
  if (apiKey === undefined && header === undefined) return undefined;
  if (header === undefined) return refusal(401, "You didn't provide an API key.");
  const given = /^Bearer (\S+)$/.exec(header)?.[1];
  if (given !== undefined && (apiKey === undefined || given === apiKey)) return undefined;
  // A careless server: it repeats the key that it was given.
  return refusal(401, `Incorrect API key provided: ${given ?? header}.`, "invalid_api_key");
}

const maxJsonBytes = 20 * 1024 * 1024;

function wrongType(type: string, wanted: string): ApiError {
  return refusal(400, `Unsupported content type: '${type}'. Use '${wanted}'.`, "unsupported_content_type");
}

function matchPath(pattern: string, path: string): readonly string[] | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const names: string[] = [];
  for (const [at, part] of wanted.entries()) {
    const segment = given[at] ?? "";
    if (part.startsWith("{") && segment !== "") names.push(decodeSegment(segment));
    else if (part !== segment) return undefined;
  }
  return names;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
