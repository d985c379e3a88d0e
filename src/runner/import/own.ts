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

/**
 * Reads it back. Its id must be that of its request: else a run would take it for the answer to another one.
 *
 * @param next the place among equal requests that is tried first, by the key of the first place
 */
export function readOwn(record: JsonObject, next: Map<string, number> = new Map()): ReadRecord {
  const { [mark]: version, tags = [], ...answer } = record;
  if (version !== VERSION)
    return { fault: `it is of version ${JSON.stringify(version)}, this one knows ${VERSION}` };
  const foreign: unknown = { answer, tags };
  if (!isForeignAnswer(foreign)) return { fault: "it is no completion of ours" };
  if (!isKeyOf(foreign.answer, next)) return { fault: "its id is not that of its request" };
  return { record: { ...foreign.answer, tags: foreign.tags } };
}

const VERSION = 1;
/** So many items with one and the same request are thought of. */
const OCCURRENCES = 10_000;

function isKeyOf(
  { key, provider, model, request, sample }: StoredAnswer,
  next: Map<string, number>,
): boolean {
  const { messages = null, ...parameters } = request;
  const keyAt = (occurrence: number) =>
    answerKey({ provider, model, messages, parameters, draw: { sample, occurrence } });
  const first = keyAt(0);
  if (first === key) return true;
  // An export has them in the order in which they were asked, so that nearly always it is the next one.
  const likely = next.get(first) ?? 1;
  const found =
    keyAt(likely) === key ? likely : range(1, OCCURRENCES).find((occurrence) => keyAt(occurrence) === key);
  if (found === undefined) return false;
  next.set(first, found + 1);
  return true;
}

function* range(from: number, to: number): Generator<number> {
  for (let at = from; at < to; at += 1) yield at;
}
