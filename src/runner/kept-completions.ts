import { canonicalJson } from "../templating/canonical-json.ts";
import type { Message } from "../templating/message.ts";
import { copyKey, isCopy } from "./completion-copy.ts";
import type { PlanContents } from "./contents.ts";
import { providerIdentity } from "./key.ts";
import type { Models } from "./models.ts";
import type { Plan, PlanNode } from "./plan.ts";
import type { RemoteCompletion } from "./provider.ts";
import type { Purchase } from "./purchase.ts";
import type { Json, JsonObject } from "./row.ts";
import { specName } from "./spec-name.ts";
import { localStore } from "./spec-names.ts";
import type { CompletionQuery, StepContext } from "./step.ts";
import { StepFailure } from "./step-failure.ts";
import type { CompletionRecord, Store, StoredAnswer, Tags } from "./store.ts";

/** What reading completions takes. */
interface CompletionSources {
  readonly plan: Plan;
  readonly node: PlanNode;
  readonly store: Store;
  readonly contents: PlanContents;
  readonly models: Pick<Models, "connect">;
  readonly purchase: Purchase;
  readonly signal: AbortSignal;
  readonly warn: (message: string) => void;
}

/**
 * Reads completions that the store or a provider keeps. A provider forgets its own one day: they are copied into
 * the store, and read from there.
 */
export function openCompletions(sources: CompletionSources): StepContext<unknown>["completions"] {
  const { store, purchase } = sources;
  return async function* read(from, query) {
    const places = from === localStore ? findLocal(store, query) : await findAtProvider(sources, from, query);
    const wanted = places.sort(byAge).slice(0, query.limit);
    // Two stores that hold the same completions got them at other times, and give the same rows.
    if (from === localStore) wanted.sort(byId);
    for (const place of wanted) {
      const kept = store.answer(place.key);
      if (kept === undefined)
        throw new StepFailure(`completion "${place.id}" is no longer in the store`, "run again");
      purchase.answers.set(place.key, kept.paid_usd ?? null);
      yield toCompletion(kept, place);
    }
  };
}

/** Where a completion is kept. All that are meant are in memory at once, and only one of their texts. */
interface Place {
  readonly id: string;
  /** Its key in the store. */
  readonly key: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly metadata: { readonly [key: string]: string };
}

const byId = (a: Place, b: Place) => (a.id < b.id ? -1 : 1);
const byAge = (a: Place, b: Place) => a.created - b.created || byId(a, b);

function findLocal(store: Store, query: CompletionQuery): Place[] {
  const { model, step, metadata } = query;
  const filter = {
    // What is the same completion is there once; a step is asked for all that it stored.
    withoutCopies: step === undefined,
    ...(model !== undefined && { model }),
    ...(step !== undefined && { step }),
    ...(metadata !== undefined && { metadata }),
  };
  return [...store.completions(filter)]
    .map((kept) => placeOf(kept, kept.key, query))
    .filter(({ created }) => isWithin(created, query.created));
}

async function findAtProvider(
  sources: CompletionSources,
  name: string,
  query: CompletionQuery,
): Promise<Place[]> {
  const { plan, node, store, contents, models, signal } = sources;
  const { completions } = await models.connect(name);
  if (completions === undefined)
    throw new StepFailure(
      `provider "${name}" keeps no completions`,
      `from: ${localStore} reads those that this project has stored`,
    );
  const provider = providerIdentity(plan, name, contents);
  const found = new Map<string, Place>();
  let newest = 0;
  let erased = 0;
  let copies: Promise<unknown>[] = [];
  for await (const one of completions.list(query, signal)) {
    const { id, created, metadata } = one;
    const key = copyKey(provider, id);
    const copy = toAnswer(one, key, provider);
    if (store.isErased(copy)) {
      erased += 1;
      continue;
    }
    // Of those of one second, which come first is decided by their ids.
    if (found.size >= (query.limit ?? Number.POSITIVE_INFINITY) && created > newest) break;
    newest = created;
    found.set(id, { id, key, created, metadata });
    copies.push(
      store.keepAnswer(copy, {
        spec: specName(plan.spec),
        step: node.id,
        item: id,
        metadata,
      }),
    );
    if (copies.length < copiesAtOnce) continue;
    await Promise.all(copies);
    copies = [];
  }
  await Promise.all(copies);
  for (const place of findCopies(store, provider, query))
    if (!found.has(place.id)) found.set(place.id, place);
  if (erased > 0)
    sources.warn(
      erased === 1
        ? `1 completion that was erased here is still kept by ${name}, and is left out`
        : `${erased.toLocaleString("en-US")} completions that were erased here are still kept by ${name}, and are left out`,
    );
  return [...found.values()];
}

const copiesAtOnce = 100;

// What was copied once is still found when the provider has forgotten it.
function* findCopies(store: Store, provider: JsonObject, query: CompletionQuery): Generator<Place> {
  const wanted = canonicalJson(provider);
  const filter = query.metadata === undefined ? {} : { metadata: query.metadata };
  for (const kept of store.completions(filter)) {
    if (!isCopy(kept) || canonicalJson(kept.provider) !== wanted) continue;
    const place = placeOf(kept, kept.answer.provider_id!, query);
    if (isWithin(place.created, query.created) && isModel(kept.model, query.model)) yield place;
  }
}

function toAnswer(
  { model, messages, parameters, answer, created }: RemoteCompletion,
  key: string,
  provider: JsonObject,
) {
  const request = { ...parameters, messages: messages as unknown as Json };
  return { key, provider, model, request, sample: 0, answer, created: created * 1000 };
}

function toCompletion(
  { model, request, answer }: StoredAnswer,
  { id, created, metadata }: Place,
): RemoteCompletion {
  const { messages, ...parameters } = request;
  return {
    id,
    model,
    created,
    metadata,
    messages: messages as unknown as readonly Message[],
    parameters,
    answer,
  };
}

function placeOf({ key, created, tags }: CompletionRecord, id: string, query: CompletionQuery): Place {
  return { id, key, created: Math.floor(created / 1000), metadata: joinMetadata(tags, query) };
}

/** All that a completion was stored under by what is meant; where two say otherwise, the first in their order. */
function joinMetadata(
  tags: readonly Tags[],
  { step, metadata = {} }: CompletionQuery,
): { readonly [key: string]: string } {
  const order = (one: Tags) => JSON.stringify([one.spec, one.step, one.item]);
  return Object.assign(
    {},
    ...tags
      .filter((one) => step === undefined || one.step === step)
      .filter((one) => Object.entries(metadata).every(([key, value]) => one.metadata[key] === value))
      .toSorted((a, b) => (order(a) < order(b) ? 1 : -1))
      .map((one) => one.metadata),
  );
}

function isWithin(created: number, { from, to }: NonNullable<CompletionQuery["created"]> = {}): boolean {
  return created >= (from ?? Number.NEGATIVE_INFINITY) && created <= (to ?? Number.POSITIVE_INFINITY);
}

/** A completion is of the version that its provider resolved a model's name to, such as NAME-2025-04-14. */
function isModel(resolved: string, name: string | undefined): boolean {
  if (name === undefined || resolved === name) return true;
  return resolved.startsWith(name) && /^-\d{4}-\d{2}-\d{2}$/.test(resolved.slice(name.length));
}
