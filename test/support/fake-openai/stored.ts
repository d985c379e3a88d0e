import { type CompletionRequest, textOf } from "./validate.ts";

/** A completion that was asked for with `store: true`, as the API lists it. */
interface StoredCompletion {
  readonly id: string;
  readonly model: string;
  readonly created: number;
  readonly metadata: { readonly [key: string]: string };
  readonly [field: string]: unknown;
}

/** The stored completions of one server. */
export interface StoredCompletions {
  add(
    completion: { readonly id: string; readonly model: string; readonly created: number },
    request: CompletionRequest,
  ): void;
  /** The answer to a GET below `/v1/chat/completions`; undefined where there is no such thing. */
  read(path: string, query: URLSearchParams): object | undefined;
}

/** Keeps stored completions in memory, in the order of their making. */
export function storeCompletions(): StoredCompletions {
  const kept = new Map<string, Kept>();
  return {
    add(completion, request) {
      kept.set(completion.id, { completion: { ...completion, metadata: request.metadata ?? {} }, request });
    },
    read(path, query) {
      if (path === "") {
        return page(
          [...kept.values()].filter(matches(query)).map(({ completion }) => completion),
          query,
        );
      }
      const [, id, rest] = /^\/([^/]+)(\/messages)?$/.exec(path) ?? [];
      const found = kept.get(id ?? "");
      if (found === undefined) return undefined;
      return rest === undefined
        ? found.completion
        : page(messagesOf(found.completion.id, found.request), query);
    },
  };
}

interface Kept {
  readonly completion: StoredCompletion;
  readonly request: CompletionRequest;
}

function matches(query: URLSearchParams): (kept: Kept) => boolean {
  const model = query.get("model");
  const wanted = [...query].flatMap(([name, value]) => {
    const key = /^metadata\[(.*)\]$/.exec(name)?.[1];
    return key === undefined ? [] : [{ key, value }];
  });
  return ({ completion, request }) =>
    (model === null || completion.model === model || request.model === model) &&
    wanted.every(({ key, value }) => completion.metadata[key] === value);
}

function messagesOf(id: string, request: CompletionRequest): readonly { readonly id: string }[] {
  return request.messages.map((message, index) => ({
    ...message,
    id: `${id}-${index}`,
    content: textOf(message),
    content_parts: Array.isArray(message.content) ? message.content : null,
  }));
}

function page<T extends { readonly id: string }>(all: readonly T[], query: URLSearchParams): object {
  const ordered = query.get("order") === "desc" ? all.toReversed() : all;
  const after = query.get("after");
  const start = after === null ? 0 : ordered.findIndex(({ id }) => id === after) + 1;
  const data = ordered.slice(start, start + Number(query.get("limit") ?? 20));
  return {
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: start + data.length < ordered.length,
  };
}
