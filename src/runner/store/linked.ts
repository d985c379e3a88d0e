import { hash } from "node:crypto";
import { canonicalJson } from "../../templating/canonical-json.ts";
import { type CompletionRecord, isByHand } from "../store.ts";

/** What leads from a completion to others that are the same one, and to rows that were made of it. */
export interface Links {
  add(completion: CompletionRecord): void;
  /** True for a completion that is one of them under another key. */
  has(completion: CompletionRecord): boolean;
  /** True for an id that rows of stored completions have of one of them. */
  hasId(id: string): boolean;
}

/** Links that lead nowhere yet. */
export function openLinks(): Links {
  const ids = new Set<string>();
  const origins = new Set<string>();
  const said = new Set<string>();
  return {
    add(completion) {
      for (const id of rowIdsOf(completion)) ids.add(id);
      const origin = originOf(completion);
      if (origin !== undefined) origins.add(origin);
      said.add(saidBy(completion));
    },
    has(completion) {
      const origin = originOf(completion);
      if (origin !== undefined && origins.has(origin)) return true;
      // Two items may be asked the same and say the same, and each is its own.
      return hasNoItem(completion) && said.has(saidBy(completion));
    },
    hasId: (id) => ids.has(id),
  };
}

/** The ids that rows of stored completions have: the key of what is kept here, the id that its provider gave it. */
export function rowIdsOf({ key, answer }: Pick<CompletionRecord, "key" | "answer">): readonly string[] {
  const { provider_id: id } = answer;
  // A server that counts from one gives ids that tell nothing apart.
  return id === null || id.length < SHORTEST ? [key] : [key, id];
}

const SHORTEST = 8;

function originOf({ provider, answer }: CompletionRecord): string | undefined {
  return answer.provider_id === null ? undefined : canonicalJson([provider, answer.provider_id]);
}

function saidBy({ request, answer }: CompletionRecord): string {
  return hash("sha256", canonicalJson([request.messages ?? null, answer.output_text, answer.tool_calls]));
}

/** True where it was copied or brought in, so that no item of a dataset is behind it as far as is known. */
function hasNoItem(completion: CompletionRecord): boolean {
  const own = rowIdsOf(completion);
  return completion.tags.every((tag) => isByHand(tag) || own.includes(tag.item));
}
