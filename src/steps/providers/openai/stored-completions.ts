import { type RemoteCompletion, type RemoteCompletions, RequestFailure } from "../../../runner/provider.ts";
import type { Json, JsonObject } from "../../../runner/row.ts";
import type { Message } from "../../../templating/message.ts";
import { readCompletion } from "./completion.ts";
import type { Api } from "./sdk.ts";

/** The completions that a server keeps because they were asked for with `store: true`. */
export function openStoredCompletions(api: Api, origin: string): RemoteCompletions {
  return {
    async *list({ model, metadata, created: { from = 0, to = Number.POSITIVE_INFINITY } = {} }, signal) {
      const query = { ...(model !== undefined && { model }), ...(metadata && { metadata }) };
      const pages = readPages(origin, (after) =>
        readPage(api, { path: "/chat/completions", query, after, signal }).catch((error: unknown) =>
          explainMissing(error, origin),
        ),
      );
      for await (const page of pages) {
        const meant = page.filter((one) => readSeconds(one) >= from && readSeconds(one) <= to);
        // A server that does not know the filter gives all there is.
        const fitting = meant.filter((one) => holds(readMetadata(one), metadata));
        for (let at = 0; at < fitting.length; at += messagesAtOnce)
          yield* await Promise.all(
            fitting.slice(at, at + messagesAtOnce).map((one) => complete(api, { origin, one, signal })),
          );
        // They come by age: what follows is younger still.
        if (page.some((one) => readSeconds(one) > to)) return;
      }
    },
    async read(id, signal) {
      try {
        const one = await read(api, signal, (client) => client.chat.completions.retrieve(id, { signal }));
        return await complete(api, { origin, one: asFields(one, origin), signal });
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
    },
    async tag(id, metadata, signal) {
      await read(api, signal, (client) =>
        client.chat.completions.update(id, { metadata: { ...metadata } }, { signal }),
      );
    },
    async delete(id, signal) {
      try {
        await read(api, signal, (client) => client.chat.completions.delete(id, { signal }));
      } catch (error) {
        // It is gone, by whoever's hand.
        if (statusOf(error) !== 404) throw error;
      }
    },
  };
}

const pageSize = 100;

/** Messages come one completion a request. */
const messagesAtOnce = 16;

type Fields = { readonly [name: string]: unknown };

// All of it can be done twice with the same outcome.
function read<T>(api: Api, signal: AbortSignal, work: Parameters<typeof api.call<T>>[0]): Promise<T> {
  return api.call(work, { signal, retries: 5 });
}

/** A page of a list, as the server sent it: the SDK takes whatever is no list for an empty one. */
function readPage(
  api: Api,
  {
    path,
    query = {},
    after,
    signal,
  }: {
    readonly path: string;
    readonly query?: object;
    readonly after: string | undefined;
    readonly signal: AbortSignal;
  },
): Promise<unknown> {
  const whole = { order: "asc", limit: pageSize, ...query, ...(after && { after }) };
  return read(api, signal, (client) => client.get(path, { query: whole, signal }));
}

/** Pages of a list, one after the other. */
async function* readPages(
  origin: string,
  fetch: (after: string | undefined) => Promise<unknown>,
): AsyncGenerator<readonly Fields[]> {
  const seen = new Set<string>();
  for (let after: string | undefined; ; ) {
    const { data, has_more } = ((await fetch(after)) ?? {}) as Fields;
    if (!Array.isArray(data)) throw new RequestFailure(`${origin} sent no list of stored completions`);
    const page = data.map((one) => asFields(one, origin));
    yield page;
    after = page.at(-1)?.id as string | undefined;
    if (has_more !== true || after === undefined) return;
    if (seen.has(after))
      throw new RequestFailure(`${origin} sends the same page of its list again and again`);
    seen.add(after);
  }
}

// Most servers that speak chat completions have no such page.
function explainMissing(error: unknown, origin: string): never {
  const status = statusOf(error);
  if (status !== 404 && status !== 405 && status !== 501) throw error;
  throw new RequestFailure(`${origin} keeps no completions`, {
    hint: "from: local reads those that this project has stored",
    cause: error,
  });
}

/** Adds its messages to a completion of the list. */
async function complete(
  api: Api,
  { origin, one, signal }: { readonly origin: string; readonly one: Fields; readonly signal: AbortSignal },
): Promise<RemoteCompletion> {
  const id = String(one.id);
  const completion = readCompletion(one, 0);
  if ("fault" in completion)
    throw new RequestFailure(`stored completion ${id} of ${origin} is ${completion.fault}`);
  const messages: Message[] = [];
  const path = `/chat/completions/${encodeURIComponent(id)}/messages`;
  const pages = readPages(origin, (after) => readPage(api, { path, after, signal }));
  for await (const page of pages) messages.push(...page.map((message) => readMessage(message, id)));
  return {
    id,
    model: String(one.model),
    created: readSeconds(one),
    metadata: readMetadata(one),
    messages,
    parameters: readParameters(one),
    // When it was asked, nobody measured how long it took.
    answer: { ...completion.answer, latency_ms: null },
  };
}

const roles: ReadonlySet<unknown> = new Set(["system", "developer", "user", "assistant", "tool"]);

/** A message as it was sent: the server adds an id, empty fields, and the text of parts beside them. */
function readMessage(message: Fields, completion: string): Message {
  const { role, content, content_parts, name, tool_calls, tool_call_id } = message;
  const said = Array.isArray(content_parts) && content_parts.length > 0 ? content_parts : (content ?? null);
  if (!roles.has(role) || (said !== null && typeof said !== "string" && !Array.isArray(said)))
    throw new RequestFailure(`stored completion ${completion} has a message that is none`);
  return {
    role: role as Message["role"],
    content: said,
    ...(typeof name === "string" && { name }),
    ...(Array.isArray(tool_calls) && tool_calls.length > 0 && { tool_calls }),
    ...(typeof tool_call_id === "string" && { tool_call_id }),
  };
}

/** Request parameters that servers are known to tell again. */
const parameters = [
  "frequency_penalty",
  "max_completion_tokens",
  "parallel_tool_calls",
  "presence_penalty",
  "reasoning_effort",
  "response_format",
  "seed",
  "stop",
  "temperature",
  "tool_choice",
  "tools",
  "top_p",
];

function readParameters(one: Fields): JsonObject {
  const told = parameters.filter((name) => one[name] !== undefined && one[name] !== null);
  return Object.fromEntries(told.map((name) => [name, one[name] as Json]));
}

function readMetadata({ metadata }: Fields): { readonly [key: string]: string } {
  if (typeof metadata !== "object" || metadata === null) return {};
  return Object.fromEntries(
    Object.entries(metadata).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
}

function holds(
  has: { readonly [key: string]: string },
  wanted: { readonly [key: string]: string } = {},
): boolean {
  return Object.entries(wanted).every(([key, value]) => has[key] === value);
}

function readSeconds({ created }: Fields): number {
  return typeof created === "number" ? Math.floor(created) : 0;
}

function asFields(value: unknown, origin: string): Fields {
  if (typeof value === "object" && value !== null && typeof (value as Fields).id === "string")
    return value as Fields;
  throw new RequestFailure(`${origin} sent an entry of its list that has no id`);
}

function statusOf(error: unknown): number | undefined {
  const cause = error instanceof RequestFailure ? error.cause : undefined;
  return (cause as { readonly status?: number } | undefined)?.status;
}
