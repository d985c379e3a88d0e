import { type Completion, completionOf, type ScriptedAnswer } from "./answer.ts";
import { notFound } from "./api-error.ts";
import { checkSchema } from "./check-schema.ts";
import { listPage, pageRules } from "./list-page.ts";
import type { Route } from "./route.ts";
import { updateCompletionSchema } from "./schemas.ts";
import { type CompletionRequest, textOf, validateRequest } from "./validate.ts";

/** A completion that was stored before the server began. */
export interface PreloadedCompletion {
  /** @defaultValue `chatcmpl-preloaded-` and its number */
  readonly id?: string;
  /** Seconds since the epoch. */
  readonly created: number;
  /** With `store: true`, and metadata where there are some. */
  readonly request: CompletionRequest;
  readonly answer: ScriptedAnswer;
}

/** The stored completions of one server. */
export interface StoredCompletions {
  readonly routes: readonly Route[];
  add(completion: Completion, request: CompletionRequest): void;
}

/** Keeps stored completions in memory; an Error where one of the preloaded could not have been asked for. */
export function storeCompletions(
  preloaded: readonly PreloadedCompletion[],
  resolveModel: (name: string) => string | undefined,
): StoredCompletions {
  const kept = new Map<string, Kept>();
  const find = ([id = ""]: readonly string[]) =>
    kept.get(id) ?? notFound(`No completion found with id '${id}'.`);
  const add: StoredCompletions["add"] = (completion, request) => {
    kept.set(completion.id, { completion, request, metadata: request.metadata ?? {} });
  };
  for (const [index, one] of preloaded.entries()) {
    const fault = validateRequest(one.request);
    if (fault !== undefined) throw new Error(`preloaded completion ${index}: ${fault.message}`);
    const id = one.id ?? `chatcmpl-preloaded-${index}`;
    const model = resolveModel(one.request.model) ?? one.request.model;
    add(completionOf(one.answer, one.request, { id, model, created: one.created }), one.request);
  }

  const routes: readonly Route[] = [
    {
      method: "GET",
      path: "/chat/completions",
      query: { ...pageRules(100), model: (value) => value !== "", "metadata[]": () => true },
      handle({ query }) {
        const wanted = [...kept.values()].filter(matches(query));
        // Preloaded ones may be younger than those that the server made.
        wanted.sort((a, b) => a.completion.created - b.completion.created);
        return listPage(wanted.map(describe), query);
      },
    },
    {
      method: "GET",
      path: "/chat/completions/{id}",
      handle({ names }) {
        const found = find(names);
        return "status" in found ? found : { body: describe(found) };
      },
    },
    {
      method: "GET",
      path: "/chat/completions/{id}/messages",
      query: pageRules(100),
      handle({ names, query }) {
        const found = find(names);
        return "status" in found ? found : listPage(messagesOf(found), query);
      },
    },
    {
      method: "POST",
      path: "/chat/completions/{id}",
      body: "json",
      handle({ names, body }) {
        const found = find(names);
        if ("status" in found) return found;
        const fault = checkUpdate(body);
        if (fault !== undefined) return fault;
        found.metadata = (body as { readonly metadata: CompletionRequest["metadata"] }).metadata ?? {};
        return { body: describe(found) };
      },
    },
    {
      method: "DELETE",
      path: "/chat/completions/{id}",
      handle({ names }) {
        const found = find(names);
        if ("status" in found) return found;
        kept.delete(found.completion.id);
        return { body: { object: "chat.completion.deleted", id: found.completion.id, deleted: true } };
      },
    },
  ];
  return { routes, add };
}

interface Kept {
  readonly completion: Completion;
  readonly request: CompletionRequest;
  metadata: { readonly [key: string]: string };
}

const checkUpdate = checkSchema(updateCompletionSchema);

/** As the listing shows it: the completion and what is still known of its request. */
function describe({ completion, request, metadata }: Kept): { readonly id: string } {
  return {
    ...completion,
    request_id: `req_${completion.id}`,
    tool_choice: request.tool_choice ?? null,
    seed: request.seed ?? null,
    top_p: request.top_p ?? 1,
    temperature: request.temperature ?? 1,
    presence_penalty: request.presence_penalty ?? 0,
    frequency_penalty: request.frequency_penalty ?? 0,
    input_user: request.user ?? null,
    tools: request.tools ?? null,
    metadata,
    response_format: request.response_format ?? null,
  } as { readonly id: string };
}

function matches(query: URLSearchParams): (kept: Kept) => boolean {
  const model = query.get("model");
  const wanted = [...query].flatMap(([name, value]) => {
    const key = /^metadata\[(.*)\]$/.exec(name)?.[1];
    return key === undefined ? [] : [{ key, value }];
  });
  return ({ completion, request, metadata }) =>
    (model === null || completion.model === model || request.model === model) &&
    wanted.every(({ key, value }) => metadata[key] === value);
}

function messagesOf({ completion, request }: Kept): readonly { readonly id: string }[] {
  return request.messages.map((message, index) => ({
    ...message,
    id: `${completion.id}-${index}`,
    content: message.content == null ? null : textOf(message),
    content_parts: Array.isArray(message.content) ? message.content : null,
  }));
}
