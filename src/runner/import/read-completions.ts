import { checkMetadata } from "../metadata-limits.ts";
import type { Json, JsonObject } from "../row.ts";
import { byHand, type ForeignAnswer, isByHand, type Store, type StoredAnswer, type Tags } from "../store.ts";
import { readChat } from "./chat.ts";
import { detectFormat } from "./detect-format.ts";
import { findMisfit } from "./find-misfit.ts";
import { openPlaces } from "./find-places.ts";
import type { Format, Imported, OnUnmapped, ReadRecord } from "./imported.ts";
import { readOpenAi } from "./openai.ts";
import { readOwn } from "./own.ts";
import { readPromptfoo } from "./promptfoo.ts";
import type { PlacedRecord } from "./read-records.ts";

/** Under what completions are kept. */
export interface Destination {
  /** The provider's identity; by default one that says where they come from. */
  readonly provider?: JsonObject | undefined;
  /** The model's name; by default the one that they tell. */
  readonly model?: string | undefined;
  /** The request parameters of a spec that is to find them; undefined where none is. */
  readonly parameters?: JsonObject | undefined;
  /** True where what a completion does not tell of its request was as the spec has it. */
  readonly assumeRequest?: boolean | undefined;
  /** Metadata for all of them. */
  readonly metadata: { readonly [key: string]: string };
}

/** What became of one record. */
export type ReadCompletion =
  | { readonly how: "new" | "there"; readonly foreign: ForeignAnswer }
  | { readonly how: "erased" | "without" }
  | { readonly how: "fault"; readonly place: string; readonly text: string; readonly untold?: boolean };

/**
 * Reads completions out of records, each with the key under which it is kept. Several answers to one request are
 * samples of it: those that a store has already are found again, others take the next place that is free.
 */
export async function* readCompletions(
  records: AsyncIterable<PlacedRecord>,
  options: {
    readonly store: Pick<Store, "answer" | "tombstone" | "isErased">;
    readonly format: Format | "auto";
    readonly destination: Destination;
    /** For those that do not tell when they came, milliseconds since the epoch. */
    readonly now: number;
    readonly unmapped: OnUnmapped;
  },
): AsyncGenerator<ReadCompletion> {
  const { store, destination, now, unmapped } = options;
  const places = openPlaces(store);
  const readers = openReaders();
  for await (const placed of records) {
    const { place } = placed;
    if ("fault" in placed) {
      yield { how: "fault", place, text: placed.fault };
      continue;
    }
    const format = options.format === "auto" ? detectFormat(placed.record) : options.format;
    const read: ReadRecord =
      format === undefined
        ? { fault: "it is in none of the formats that are known" }
        : readers[format](placed.record, unmapped);
    if ("fault" in read) yield { how: "fault", place, text: read.fault };
    else if ("without" in read) yield { how: "without" };
    else if ("record" in read) {
      const { tags, ...answer } = read.record;
      yield settle(place, answer, mergeByHand(tags, tagsOf(answer.key, {}, destination)));
    } else
      for (const completion of read.completions) {
        const answer = toStored(completion, { place, format: format! });
        yield "how" in answer
          ? answer
          : settle(place, answer, tagsOf(answer.key, completion.metadata, destination));
      }
  }

  function settle(place: string, answer: StoredAnswer, tags: readonly Tags[]): ReadCompletion {
    places.take(answer.key);
    const text = faultOf(tags);
    if (text !== undefined) return { how: "fault", place, text };
    if (store.isErased(answer)) return { how: "erased" };
    return { how: store.answer(answer.key) === undefined ? "new" : "there", foreign: { answer, tags } };
  }

  function toStored(
    completion: Imported,
    { place, format }: { readonly place: string; readonly format: Format },
  ): StoredAnswer | ReadCompletion {
    const model = destination.model ?? completion.model;
    if (model === undefined) return { how: "fault", place, text: "it names no model: give one with --model" };
    const misfit = findOtherRequest(completion, destination, format);
    if (misfit !== undefined) return { how: "fault", place, ...misfit };
    const provider = destination.provider ?? { type: "imported", from: format };
    const parameters = destination.parameters ?? completion.parameters;
    const messages = completion.messages as Json;
    const { answer } = completion;
    const stored = { provider, model, request: { messages, ...parameters }, answer };
    try {
      // Its place is left to others.
      if (store.isErased({ ...stored, key: "" })) return { how: "erased" };
      const found = places.find({ provider, model, messages, parameters }, answer);
      return { ...stored, ...found, created: completion.created ?? now };
    } catch (error) {
      if (error instanceof RangeError) return { how: "fault", place, text: "it is nested too deeply" };
      throw error;
    }
  }
}

type Readers = { readonly [F in Format]: (record: JsonObject, unmapped: OnUnmapped) => ReadRecord };

function openReaders(): Readers {
  const next = new Map<string, number>();
  return {
    distill: (record) => readOwn(record, next),
    openai: readOpenAi,
    chat: readChat,
    "fine-tuning": readChat,
    promptfoo: readPromptfoo,
  };
}

/** Formats that tell a request with what the API filled in: what is not there was the default. */
const telling: ReadonlySet<Format> = new Set(["openai"]);

/** Where a completion is not the answer to the spec's request, or does not tell whether it is. */
function findOtherRequest(
  { model, parameters }: Imported,
  { model: meant, parameters: asked, assumeRequest = false }: Destination,
  format: Format,
): { readonly text: string; readonly untold: boolean } | undefined {
  if (asked === undefined) return undefined;
  // The API tells the dated name that it resolved an alias to.
  if (model !== undefined && model !== meant && !model.startsWith(`${meant}-`))
    return { text: `it is of ${model}, and the spec's model is ${meant}`, untold: false };
  const misfit = findMisfit(parameters, asked, assumeRequest || !telling.has(format));
  if (misfit !== undefined || assumeRequest || telling.has(format)) return misfit;
  return { text: `${format} files do not tell how it was asked for`, untold: true };
}

function tagsOf(
  answer: string,
  own: { readonly [key: string]: string },
  { metadata }: Destination,
): readonly Tags[] {
  const all = { ...own, ...metadata };
  return Object.keys(all).length === 0 ? [] : [{ ...byHand, answer, metadata: all }];
}

function mergeByHand(tags: readonly Tags[], more: readonly Tags[]): readonly Tags[] {
  const [extra] = more;
  if (extra === undefined) return tags;
  const own = tags.find(isByHand);
  return [
    ...tags.filter((tag) => !isByHand(tag)),
    { ...extra, metadata: { ...own?.metadata, ...extra.metadata } },
  ];
}

function faultOf(tags: readonly Tags[]): string | undefined {
  for (const { metadata } of tags) {
    const [fault] = checkMetadata(metadata);
    if (fault !== undefined) return fault.text;
  }
  return undefined;
}
