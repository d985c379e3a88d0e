import { answerKey } from "../answer-key.ts";
import type { JsonObject } from "../row.ts";
import { isForeignAnswer } from "../shared-store/answer-pack.ts";
import type { CompletionRecord, StoredAnswer } from "../store.ts";
import type { ReadRecord } from "./imported.ts";

/** The field that marks a completion as exported by this tool, with the format's version. */
export const mark = "distill_completion";

/** A completion as it is exported: all that is stored of it. */
export function formatOwn({ tags, ...answer }: CompletionRecord): JsonObject {
  return { [mark]: VERSION, ...answer, tags } as unknown as JsonObject;
}

/** Reads it back. Its id must be that of its request: else a run would take it for the answer to another one. */
export function readOwn(record: JsonObject): ReadRecord {
  const { [mark]: version, tags = [], ...answer } = record;
  if (version !== VERSION)
    return { fault: `it is of version ${JSON.stringify(version)}, this one knows ${VERSION}` };
  const foreign: unknown = { answer, tags };
  if (!isForeignAnswer(foreign)) return { fault: "it is no completion of ours" };
  if (!isKeyOf(foreign.answer)) return { fault: "its id is not that of its request" };
  return { record: { ...foreign.answer, tags: foreign.tags } };
}

const VERSION = 1;
/** So many items with one and the same request are thought of. */
const OCCURRENCES = 10_000;

function isKeyOf({ key, provider, model, request, sample }: StoredAnswer): boolean {
  const { messages = null, ...parameters } = request;
  for (let occurrence = 0; occurrence < OCCURRENCES; occurrence += 1)
    if (answerKey({ provider, model, messages, parameters, draw: { sample, occurrence } }) === key)
      return true;
  return false;
}
