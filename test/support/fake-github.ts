import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A comment as it is kept. */
export interface FakeComment {
  readonly id: number;
  readonly login: string;
  body: string;
}

/** One call that arrived at the server. */
export interface FakeGitHubCall {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly authorization: string | undefined;
  /** The parsed body; undefined where there is none. */
  readonly body: unknown;
  /** Milliseconds since the epoch, when its body was complete. */
  readonly at: number;
  /** What was answered. */
  status: number;
}

/** What goes wrong with the next request that it fits; each is played once. */
export interface FakeGitHubFault {
  /** Method and beginning of the path: `POST /repos/`. */
  readonly request: string;
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  readonly message?: string;
  /** Does what was asked before it answers with the fault, as a gateway does that loses an answer. */
  readonly afterDoing?: boolean;
}

/** How the server is set up. */
export interface FakeGitHubOptions {
  readonly repository: string;
  readonly pullRequest: number;
  readonly token: string;
  /** Who the token is: a user may ask for its name, a workflow may not. */
  readonly login?: string;
  readonly isUser?: boolean;
  /** The token of a fork's pull request. */
  readonly isReadOnly?: boolean;
  /** Stands before every path, as on GitHub Enterprise Server: `/api/v3`. */
  readonly prefix?: string;
}

/** A server on the loopback that answers as GitHub's REST API does for comments on issues. */
export interface FakeGitHub {
  readonly url: string;
  readonly comments: FakeComment[];
  readonly calls: readonly FakeGitHubCall[];
  /** Puts a comment there, as if somebody had written it. */
  write(login: string, body: string): FakeComment;
  fail(fault: FakeGitHubFault): void;
  close(): Promise<void>;
}

/** Starts the server; it refuses every request that the documentation does not allow. */
export async function startFakeGitHub(options: FakeGitHubOptions): Promise<FakeGitHub> {
  const comments: FakeComment[] = [];
  const calls: FakeGitHubCall[] = [];
  const faults: FakeGitHubFault[] = [];
  const write = (login: string, body: string) => {
    // Ids are sparse, as all issues of all repositories share them.
    const comment = { id: 1_000_000_007 + comments.length * 13, login, body };
    comments.push(comment);
    return comment;
  };
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const call: FakeGitHubCall = {
      method: request.method ?? "",
      path: request.url ?? "",
      authorization: request.headers.authorization,
      body: body === "" ? undefined : parse(body),
      at: Date.now(),
      status: 0,
    };
    calls.push(call);
    const at = faults.findIndex((fault) => `${call.method} ${call.path}`.startsWith(fault.request));
    const [fault] = at < 0 ? [] : faults.splice(at, 1);
    const answer =
      fault === undefined || fault.afterDoing === true
        ? answerTo({ call, request, options, comments, write, origin: originOf(request) })
        : undefined;
    send(response, call, fault === undefined ? answer! : faultAnswer(fault));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${options.prefix ?? ""}`,
    comments,
    calls,
    write,
    fail: (fault) => faults.push(fault),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

interface FakeAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: { readonly [name: string]: string };
}

/** What answering one call needs. */
interface Asked {
  readonly call: FakeGitHubCall;
  readonly request: IncomingMessage;
  readonly options: FakeGitHubOptions;
  readonly comments: FakeComment[];
  readonly write: FakeGitHub["write"];
  readonly origin: string;
}

function answerTo(asked: Asked): FakeAnswer {
  const { call, request, options, comments } = asked;
  const { headers } = request;
  if ((headers["user-agent"] ?? "") === "")
    return refuse(
      403,
      "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
    );
  if (headers.authorization !== `Bearer ${options.token}`) return refuse(401, "Bad credentials");
  if (headers.accept !== "application/vnd.github+json") return refuse(415, "Unsupported 'Accept' header");
  if (headers["x-github-api-version"] !== "2022-11-28") return refuse(400, "Unsupported API version");
  if (call.body !== undefined && headers["content-type"] !== "application/json")
    return refuse(415, "Unsupported 'Content-Type' header");
  const prefix = options.prefix ?? "";
  const { pathname, searchParams } = new URL(call.path, asked.origin);
  const path = pathname.startsWith(`${prefix}/`) ? pathname.slice(prefix.length) : "";
  const list = `/repos/${options.repository}/issues/${options.pullRequest}/comments`;
  const [, id] = new RegExp(`^/repos/${options.repository}/issues/comments/(\\d+)$`).exec(path) ?? [];
  switch (`${call.method} ${id === undefined ? path : "one"}`) {
    case "GET /user":
      return options.isUser === true
        ? { status: 200, body: userOf(loginOf(options)) }
        : refuse(403, "Resource not accessible by integration");
    case `GET ${list}`:
      return listComments(asked, searchParams, `${prefix}${list}`);
    case `POST ${list}`: {
      const problem = options.isReadOnly === true ? NOT_ALLOWED : badBody(call.body);
      if (problem !== undefined) return problem;
      return { status: 201, body: shapeOf(asked.write(loginOf(options), bodyOf(call.body)), asked) };
    }
    case "PATCH one": {
      const problem = options.isReadOnly === true ? NOT_ALLOWED : badBody(call.body);
      if (problem !== undefined) return problem;
      const comment = comments.find((one) => one.id === Number(id));
      if (comment === undefined) return refuse(404, "Not Found");
      // Whoever may write may edit the comments of others, too: nothing here stops a client that does.
      comment.body = bodyOf(call.body);
      return { status: 200, body: shapeOf(comment, asked) };
    }
    default:
      return refuse(404, "Not Found");
  }
}

function listComments(asked: Asked, query: URLSearchParams, path: string): FakeAnswer {
  const perPage = Math.min(100, Number(query.get("per_page") ?? 30));
  const page = Number(query.get("page") ?? 1);
  const last = Math.max(1, Math.ceil(asked.comments.length / perPage));
  const link = (to: number, rel: string) =>
    `<${asked.origin}${path}?per_page=${perPage}&page=${to}>; rel="${rel}"`;
  const links = [
    ...(page > 1 ? [link(page - 1, "prev")] : []),
    ...(page < last ? [link(page + 1, "next"), link(last, "last")] : []),
    ...(page > 1 ? [link(1, "first")] : []),
  ];
  return {
    status: 200,
    body: asked.comments
      .slice((page - 1) * perPage, page * perPage)
      .map((comment) => shapeOf(comment, asked)),
    ...(links.length === 0 ? {} : { headers: { link: links.join(", ") } }),
  };
}

function badBody(body: unknown): FakeAnswer | undefined {
  if (typeof body !== "object" || body === null) return refuse(400, "Problems parsing JSON");
  const { body: markdown } = body as { readonly body?: unknown };
  if (typeof markdown !== "string" || markdown.trim() === "")
    return invalid({ resource: "IssueComment", code: "missing_field", field: "body" });
  if (markdown.length > 65_536)
    return invalid({
      resource: "IssueComment",
      code: "custom",
      field: "body",
      message: "body is too long (maximum is 65536 characters)",
    });
  return undefined;
}

function bodyOf(body: unknown): string {
  return (body as { readonly body: string }).body;
}

function loginOf(options: FakeGitHubOptions): string {
  return options.login ?? "github-actions[bot]";
}

function shapeOf({ id, login, body }: FakeComment, { options, origin }: Asked): object {
  return {
    id,
    node_id: `IC_${id}`,
    url: `${origin}${options.prefix ?? ""}/repos/${options.repository}/issues/comments/${id}`,
    html_url: `https://github.com/${options.repository}/pull/${options.pullRequest}#issuecomment-${id}`,
    body,
    user: userOf(login),
    created_at: "2026-11-24T10:00:00Z",
    updated_at: "2026-11-24T10:00:00Z",
    author_association: "NONE",
  };
}

function userOf(login: string): object {
  return { login, id: login.length, type: login.endsWith("[bot]") ? "Bot" : "User", site_admin: false };
}

function refuse(status: number, message: string): FakeAnswer {
  return {
    status,
    body: { message, documentation_url: "https://docs.github.com/rest", status: String(status) },
  };
}

const NOT_ALLOWED = refuse(403, "Resource not accessible by integration");

function invalid(error: object): FakeAnswer {
  return {
    status: 422,
    body: {
      message: "Validation Failed",
      errors: [error],
      documentation_url: "https://docs.github.com/rest/issues/comments",
      status: "422",
    },
  };
}

function faultAnswer({ status, message, headers }: FakeGitHubFault): FakeAnswer {
  return {
    ...(message === undefined
      ? { status, body: "<html><body>Unicorn!</body></html>" }
      : refuse(status, message)),
    ...(headers === undefined ? {} : { headers }),
  };
}

function send(response: ServerResponse, call: FakeGitHubCall, { status, body, headers }: FakeAnswer): void {
  call.status = status;
  const isHtml = typeof body === "string";
  response.writeHead(status, {
    "content-type": isHtml ? "text/html" : "application/json; charset=utf-8",
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": "4987",
    "x-ratelimit-reset": String(Math.floor(Date.now() / 1000) + 3600),
    ...headers,
  });
  response.end(isHtml ? body : JSON.stringify(body));
}

function originOf(request: IncomingMessage): string {
  return `http://${request.headers.host}`;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
