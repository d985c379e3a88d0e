import { hash } from "node:crypto";

/** Names what a request asks: the same for a live call and a batch's line, whatever is kept of it and in any order of keys. */
export function contentHash(body: object): string {
  const { store, metadata, ...content } = body as { readonly [field: string]: unknown };
  return hash("sha256", JSON.stringify(content, sortKeys));
}

function sortKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
