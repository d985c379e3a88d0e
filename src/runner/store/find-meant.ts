import type { ErasedFile, EraseWish, ItemSet, Subject } from "../erasure.ts";
import type { FinishReason, Json, JsonObject } from "../row.ts";
import { type CompletionRecord, isByHand, type Manifest, type OutputRecord } from "../store.ts";
import { collectTexts } from "./erased-texts.ts";
import { openItemSet } from "./item-set.ts";
import { openLinks, rowIdsOf } from "./linked.ts";

/** What is looked through: a store, or a shared place. */
export interface Holdings {
  completions(): Iterable<CompletionRecord> | AsyncIterable<CompletionRecord>;
  manifests(): Iterable<Manifest> | AsyncIterable<Manifest>;
  /** Specs that a step belongs to; none where nobody wrote it down. */
  specsOf(key: string): readonly string[];
  /** Lines of a content; none where it is not there. */
  lines(digest: string): AsyncIterable<Json>;
}

/** What an erasure means. */
export interface Meant {
  readonly answers: ReadonlySet<string>;
  /** Rows and results that hold something of it, by digest. */
  readonly files: ReadonlyMap<string, ErasedFile>;
  readonly items: ItemSet;
  /** Texts of what is meant that nothing which stays has. */
  readonly texts: ReadonlySet<string>;
}

/**
 * Finds completions and rows that are meant in themselves, and all that is about the same items: an id that a row or a
 * tag tells leads on to other rows and completions, until nothing more is found. So do the ids that rows of stored
 * completions have, and what makes a copy the same completion under another key.
 */
export async function findMeant(holdings: Holdings, wish: EraseWish): Promise<Meant> {
  const items = openItemSet(wish.items);
  const answers = new Set<string>();
  const files = new Map<string, ErasedFile>();
  const links = openLinks();
  const outputs = wish.through ? await listOutputs(holdings) : [];
  for (let before = -1; before < items.size + answers.size; ) {
    before = items.size + answers.size;
    for await (const completion of holdings.completions()) {
      if (!answers.has(completion.key) && !isMeantCompletion(completion)) continue;
      answers.add(completion.key);
      if (!wish.through) continue;
      links.add(completion);
      for (const tag of completion.tags) if (!isByHand(tag)) items.add([tag.spec], tag.item);
    }
    for (const output of outputs) {
      let rows = 0;
      for await (const line of linesOf(holdings, output)) {
        const meant = wish.isMeant(subjectOfLine(line, output.specs)) || links.hasId(line.id);
        if (!meant && !items.has(output.specs, line.id)) continue;
        rows += 1;
        // Where no spec is known, an id that was found elsewhere does not make it everybody's.
        if (meant || output.specs.length > 0) items.add(output.specs, line.id);
      }
      if (rows > 0) files.set(output.digest, { digest: output.digest, kind: output.kind, rows });
    }
    if (!wish.through) break;
  }

  function isMeantCompletion(completion: CompletionRecord): boolean {
    if (subjectsOf(completion).some(wish.isMeant)) return true;
    if (!wish.through) return false;
    return (
      completion.tags.some((tag) => !isByHand(tag) && items.has([tag.spec], tag.item)) ||
      rowIdsOf(completion).some((id) => items.has([], id)) ||
      links.has(completion)
    );
  }

  const texts = await collectTexts(async (tell) => {
    for await (const { key, request, answer } of holdings.completions())
      tell({ request, text: answer.output_text, calls: answer.tool_calls }, answers.has(key));
    for (const output of outputs)
      for await (const line of linesOf(holdings, output)) tell(line, items.has(output.specs, line.id));
  });
  return { answers, files, items, texts };
}

interface Output extends OutputRecord {
  readonly specs: readonly string[];
}

/** Rows and results, each content once, with all specs that have it. */
async function listOutputs(holdings: Holdings): Promise<readonly Output[]> {
  const outputs = new Map<string, Output>();
  for await (const { key, outputs: own } of holdings.manifests())
    for (const record of Object.values(own)) {
      if (record.kind !== "rows" && record.kind !== "results") continue;
      const known = outputs.get(record.digest);
      const mine = holdings.specsOf(key);
      const unknown = mine.length === 0 || known?.specs.length === 0;
      outputs.set(record.digest, {
        ...record,
        specs: unknown ? [] : [...new Set([...mine, ...(known?.specs ?? [])])],
      });
    }
  return [...outputs.values()];
}

type Line = JsonObject & { readonly id: string };

async function* linesOf(holdings: Holdings, { digest }: Output): AsyncGenerator<Line> {
  for await (const value of holdings.lines(digest)) if (isLine(value)) yield value;
}

function isLine(value: Json): value is Line {
  return (
    typeof value === "object" && value !== null && typeof (value as { readonly id?: Json }).id === "string"
  );
}

function subjectOfLine(line: Line, specs: readonly string[]): Subject {
  return {
    item: line.id,
    specs,
    metadata: (line.metadata ?? {}) as Subject["metadata"],
    scope: line,
  };
}

/** A completion as an expression sees it: once for every tag, and once where it has none. */
function subjectsOf(completion: CompletionRecord): readonly Subject[] {
  const { key, tags, request, answer, model, provider, sample } = completion;
  const { messages = null, ...parameters } = request;
  const byHand = tags.find(isByHand)?.metadata ?? {};
  const byStep = tags.filter((tag) => !isByHand(tag));
  const scope = {
    completion: key,
    model,
    provider,
    request: parameters,
    messages,
    sample: {
      index: sample,
      output_text: answer.output_text,
      output_json: parseJson(answer.output_text),
      tool_calls: answer.tool_calls,
      finish_reason: answer.finish_reason satisfies FinishReason,
      logprobs: answer.logprobs,
    },
    grades: {},
  };
  if (byStep.length === 0)
    return [{ item: undefined, metadata: byHand, scope: { ...scope, metadata: byHand } }];
  return byStep.map(({ spec, item, step, metadata: own }) => {
    const metadata = { ...own, ...byHand };
    return { item, specs: [spec], metadata, scope: { ...scope, id: item, step, metadata } };
  });
}

function parseJson(text: string): Json {
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
