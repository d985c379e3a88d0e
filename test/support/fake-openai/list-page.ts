import { type ApiError, notFound } from "./api-error.ts";

/** Which part of a list is asked for. */
export interface PageOptions {
  readonly defaultLimit?: number;
  readonly defaultOrder?: "asc" | "desc";
}

/** One page of a list, given the oldest first, as the API answers it; an error where it is to start after nothing known. */
export function listPage<T extends { readonly id: string }>(
  all: readonly T[],
  query: URLSearchParams,
  { defaultLimit = 20, defaultOrder = "asc" }: PageOptions = {},
): { readonly body: object } | ApiError {
  const ordered = (query.get("order") ?? defaultOrder) === "desc" ? all.toReversed() : all;
  const after = query.get("after");
  const before = ordered.findIndex(({ id }) => id === after);
  if (after !== null && before < 0) return notFound(`No object found with id '${after}'.`);
  const start = before + 1;
  const data = ordered.slice(start, start + Number(query.get("limit") ?? defaultLimit));
  return {
    body: {
      object: "list",
      data,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
      has_more: start + data.length < ordered.length,
    },
  };
}

/** What a query parameter may be. */
export type QueryRules = { readonly [name: string]: (value: string) => boolean };

/** Parameters of every list. */
export function pageRules(maxLimit: number) {
  return {
    limit: (value) => /^[1-9]\d{0,5}$/.test(value) && Number(value) <= maxLimit,
    order: (value) => value === "asc" || value === "desc",
    after: (value) => value !== "",
  } satisfies QueryRules;
}
