import { type ApiError, notFound } from "./api-error.ts";
import type { Route } from "./route.ts";

/** Names that clients use and the snapshots that they resolve to, as the API answers them. */
export const defaultModels: { readonly [name: string]: string } = {
  "gpt-4o": "gpt-4o-2024-08-06",
  "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
  "gpt-4.1": "gpt-4.1-2025-04-14",
  "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
  "gpt-4.1-nano": "gpt-4.1-nano-2025-04-14",
  "gpt-5-mini": "gpt-5-mini-2025-08-07",
  "o4-mini": "o4-mini-2025-04-16",
};

/** The models of one server. */
export interface Models {
  readonly routes: readonly Route[];
  /** The snapshot that a model name stands for; undefined where there is no such model, or none any more. */
  resolve(name: string): string | undefined;
}

/** Serves these names; `shutdownDates`, such as 2026-12-24 by name or snapshot, are told, and after them a model is gone. */
export function serveModels(
  names: { readonly [name: string]: string },
  shutdownDates: { readonly [model: string]: string } = {},
): Models {
  const snapshotOf = (name: string) => {
    if (Object.hasOwn(names, name)) return names[name];
    return Object.values(names).includes(name) ? name : undefined;
  };
  const shutdownOf = (name: string) => shutdownDates[name] ?? shutdownDates[snapshotOf(name) ?? ""];
  const describe = (id: string) => {
    const shutdown_date = shutdownOf(id);
    return {
      id,
      object: "model",
      created: 1_700_000_000,
      owned_by: "system",
      ...(shutdown_date === undefined ? {} : { shutdown_date }),
    };
  };
  return {
    routes: [
      {
        method: "GET",
        path: "/models",
        handle() {
          const ids = new Set([...Object.keys(names), ...Object.values(names)]);
          return { body: { object: "list", data: [...ids].map(describe) } };
        },
      },
      {
        method: "GET",
        path: "/models/{model}",
        handle: ({ names: [name = ""] }) =>
          snapshotOf(name) === undefined ? noSuchModel(name) : { body: describe(name) },
      },
    ],
    resolve(name) {
      const shutdown = shutdownOf(name);
      const gone = shutdown !== undefined && shutdown < new Date().toISOString().slice(0, 10);
      return gone ? undefined : snapshotOf(name);
    },
  };
}

/** The API's words for a model that is not there. */
export function noSuchModel(name: string): ApiError {
  return notFound(`The model '${name}' does not exist or you do not have access to it.`, "model_not_found");
}

/** True for models that think first and refuse the sampling parameters. */
export function isReasoningModel(name: string): boolean {
  return /^(o\d|gpt-5)/.test(name);
}
