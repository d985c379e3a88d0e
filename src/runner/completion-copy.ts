import { digestJson } from "./key.ts";
import type { JsonObject } from "./row.ts";
import type { StoredAnswer } from "./store.ts";

/**
 * Under what a completion is kept that was copied from its provider. Not an answer's key: a provider does not tell the
 * whole request (its max_completion_tokens, say), so nobody knows which other request would have got this answer.
 */
export function copyKey(provider: JsonObject, completion: string): string {
  return digestJson({ provider, completion });
}

/** True for a completion that was copied from its provider, be the answer that was bought here or not. */
export function isCopy({
  key,
  provider,
  answer,
}: Pick<StoredAnswer, "key" | "provider" | "answer">): boolean {
  return answer.provider_id !== null && key === copyKey(provider, answer.provider_id);
}
