import { answerKey } from "../runner/answer-key.ts";
import type { Ask } from "../runner/asking.ts";
import { type Contents, providerIdentity } from "../runner/key.ts";
import type { Seen } from "../runner/money/budget.ts";
import { ratesOf } from "../runner/money/cost.ts";
import { estimateSpending, type Spending, tellsInput } from "../runner/money/estimate-spending.ts";
import { comesFrom, parametersText, readHistory, seenIn, type Taken } from "../runner/money/history.ts";
import type { Price } from "../runner/money/price.ts";
import { priceFor, priceOf } from "../runner/money/price-of.ts";
import { addRanges, exactly, type Range, scaleRange } from "../runner/money/range.ts";
import { attachmentBytes, measureRequest } from "../runner/money/request-size.ts";
import type { Plan, PlanNode } from "../runner/plan.ts";
import type { Json, JsonObject } from "../runner/row.ts";
import { isBilled } from "../runner/shop.ts";
import { isObject } from "../runner/spec.ts";
import type { Store } from "../runner/store.ts";
import type { Trace } from "../runner/trace-keys.ts";
import { countTokens } from "./count-tokens.ts";
import { findRows } from "./find-rows.ts";
import { type PlannedAsks, plannedAsks } from "./planned-asks.ts";

/** Requests that would go to one model that is not free, and what they would take. */
export interface Sending {
  /** Its name in the spec. */
  readonly model: string;
  /** The spec's path as the user would type it. */
  readonly spec: string;
  /** Undefined where their number is not known before the run. */
  readonly requests: Range | undefined;
  readonly inputTokens: Range | undefined;
  readonly outputTokens: Range | undefined;
  /** US dollars; undefined where that is not known. */
  readonly usd: Range | undefined;
  /** False where nobody sends a bill. */
  readonly billed: boolean;
  readonly priced: boolean;
  /** False where it would be asked in batches, and its price names none for them. */
  readonly batchPriced: boolean;
  /** Answers that a batch at its provider is about to give: they are not asked for again. */
  readonly waiting: number;
  /** The day of the list that its price comes from; undefined where there is none. */
  readonly asOf: string | undefined;
  /** What is known of its answers' length, at worst. */
  readonly basis: Spending["basis"];
  /** The most that its kept answers took; undefined where too few are kept. */
  readonly seen: Seen | undefined;
}

/** What must be known to tell what a model is asked. */
export interface AskingSources {
  readonly plan: Plan;
  readonly now: Trace;
  readonly store: Store | undefined;
  readonly contents: Contents;
  /** Only so many questions a step and model are asked; undefined: all of them. */
  readonly sample?: number | undefined;
}

/** A step that asks a provider's model. */
export interface AskingPart {
  readonly node: PlanNode;
  /** Its name in the spec. */
  readonly model: string;
  /** Undefined where nobody knows. */
  readonly answers: number | undefined;
  /** False where it may not be asked at all. */
  readonly certain: boolean;
  readonly upTo: boolean;
  /** Its questions, where they are not to be rendered from the step's rows. */
  readonly asks?: PlannedAsks;
}

/** What one model would be asked by all steps. */
export interface ModelBook {
  add(part: AskingPart): Promise<void>;
  close(): Sending;
}

/** Opens the book of a model of the spec. */
export function openModelBook(options: AskingSources, name: string): ModelBook {
  const { plan, store, contents, sample = Number.POSITIVE_INFINITY } = options;
  const model = plan.spec.models.get(name)!;
  const provider = plan.spec.providers.get(model.provider)!;
  const identity = providerIdentity(plan, model.provider, contents);
  const listed = priceOf(plan, name);
  const all = store === undefined ? [] : readHistory(store, { provider: identity, model: model.model });
  const asked = new Set<string>();
  const lots: LotSpending[] = [];
  const prices = new Set<Price | undefined>();
  let batchPriced = true;
  let waiting = 0;

  function isNew({ messages, draw }: Ask, parameters: JsonObject): boolean {
    const key = answerKey({
      provider: identity,
      model: model.model,
      messages: messages as unknown as Json,
      parameters,
      draw,
    });
    if (asked.has(key) || store?.answer(key) !== undefined) return false;
    asked.add(key);
    const isWaiting = store !== undefined && isHandedIn(store, key);
    if (isWaiting) waiting += 1;
    return !isWaiting;
  }

  async function findAsks(node: PlanNode): Promise<PlannedAsks | undefined> {
    const rows = await findRows(options, node, String(node.params.rows));
    return rows && plannedAsks(plan, node, rows);
  }

  /** What one request of a step costs, told from what model, prompt and step say where none is rendered. */
  function priceIn({ params }: PlanNode, sum: Sum): Price | undefined {
    const prompt = plan.spec.prompts.get(String(params.prompt));
    const said = { ...model.request, ...prompt?.request, ...(isObject(params.request) && params.request) };
    const services = sum.requests === 0 ? [said] : sum.services;
    return services.every((one) => priceFor(listed, one) !== undefined) ? listed : undefined;
  }

  return {
    async add(part) {
      const { node } = part;
      const asks = part.asks ?? (await findAsks(node));
      const sum = await measure(asks, (ask) => {
        const parameters = { ...model.request, ...ask.parameters };
        return asks?.exact === true && !isNew(ask, parameters) ? undefined : parameters;
      });
      const same = all.filter(
        (taken) => taken.parameters === sum.parameters && isAnswerTo(plan, node, taken),
      );
      const price = priceIn(node, sum);
      const before = lots.reduce((total, { requests }) => total + (requests?.high ?? 0), same.length);
      const requests = atMost(sample, countRequests(part, { asks, sent: sum.requests, before }));
      if (requests === undefined) {
        lots.push(unknownLot);
        prices.add(price);
        return;
      }
      const batch = node.execution.mode === "batch";
      if (requests.high > 0) {
        prices.add(price);
        batchPriced &&= price === undefined || ratesOf(price, batch) !== undefined;
      }
      const lot = {
        requests,
        inputBytes: sum.requests === 0 ? undefined : scaleRange(requests, sum.bytes / sum.requests),
        counted: tellsInput(all) ? undefined : await countTokens(sum.some),
        maxOutputTokens: sum.limit,
        batch,
      };
      lots.push({ requests, ...estimateSpending(lot, { price, same, all }) });
    },
    close() {
      const total = (of: "requests" | "inputTokens" | "outputTokens" | "usd") =>
        lots.map((lot) => lot[of]).reduce(addRanges, exactly(0));
      const bases = lots.filter(({ requests }) => requests?.high !== 0).map(({ basis }) => basis);
      return {
        model: name,
        spec: plan.spec.document.file,
        requests: total("requests"),
        inputTokens: total("inputTokens"),
        outputTokens: total("outputTokens"),
        usd: total("usd"),
        billed: isBilled(plan.registry.providers.get(provider.type)!, provider, model),
        priced: !prices.has(undefined),
        batchPriced,
        waiting,
        asOf: prices.has(undefined) ? undefined : listed?.as_of,
        basis: bases.includes("nothing") ? "nothing" : bases.includes("limit") ? "limit" : "history",
        seen: seenIn(all),
      };
    },
  };
}

/** True where a provider has the request already, in a batch whose answers a run will fetch. */
function isHandedIn({ jobs }: Store, key: string): boolean {
  const job = jobs.holding(key);
  // Of what was cancelled, the rest is handed in anew.
  return job !== undefined && job.remote !== null && !job.cancelled;
}

type LotSpending = Spending & { readonly requests: Range | undefined };

const unknownLot: LotSpending = {
  requests: undefined,
  inputTokens: undefined,
  outputTokens: undefined,
  usd: undefined,
  basis: "nothing",
};

/** How many requests a step sends; undefined where nobody knows. */
function countRequests(
  { answers, certain, upTo }: AskingPart,
  {
    asks,
    sent,
    before,
  }: {
    readonly asks: PlannedAsks | undefined;
    /** Of those that were rendered, the ones that are not kept. */
    readonly sent: number;
    /** So many at most may be kept, or asked by a step before this one. */
    readonly before: number;
  },
): Range | undefined {
  if (asks?.exact === true) return { low: certain ? sent : 0, high: sent };
  const count = answers === undefined ? asks?.count : exactly(answers);
  if (count === undefined) return undefined;
  return { low: certain && !upTo ? Math.max(0, count.low - before) : 0, high: count.high };
}

function atMost(limit: number, range: Range | undefined): Range | undefined {
  // A sample is taken of all questions, and some of these may be kept.
  return range === undefined || range.high <= limit ? range : { low: 0, high: limit };
}

/** True where a kept answer may be one to a step's prompt. */
function isAnswerTo(plan: Plan, node: PlanNode, { messages }: Taken): boolean {
  const prompt = plan.spec.prompts.get(String(node.params.prompt));
  return prompt === undefined || comesFrom(prompt.messages, messages);
}

/** Requests, added up. */
interface Sum {
  readonly requests: number;
  readonly bytes: number;
  /** Of the first of them, as canonical JSON. */
  readonly parameters: string;
  /** Tokens that the answer to each of them may take; undefined where one has no limit. */
  readonly limit: number | undefined;
  /** Some of them, to count their tokens. */
  readonly some: readonly Ask[];
  /** Of all of them, what decides which price holds. */
  readonly services: readonly JsonObject[];
}

/** Adds up the requests that `parametersOf` does not leave out. */
async function measure(
  asks: PlannedAsks | undefined,
  parametersOf: (ask: Ask) => JsonObject | undefined,
): Promise<Sum> {
  let requests = 0;
  let bytes = 0;
  let first: JsonObject = {};
  const limits = new Set<number | undefined>();
  const some: Ask[] = [];
  const services = new Map<string, JsonObject>();
  for await (const ask of asks?.read() ?? []) {
    const parameters = parametersOf(ask);
    if (parameters === undefined) continue;
    if (requests === 0) first = parameters;
    requests += 1;
    const size = measureRequest(ask.messages, parameters);
    bytes += size.bytes + size.attachments * attachmentBytes;
    limits.add(size.outputLimit);
    const { service_tier = null, web_search_options } = parameters;
    const service = {
      ...(service_tier !== null && { service_tier }),
      ...(web_search_options !== undefined && { web_search_options }),
    };
    services.set(JSON.stringify(service), service);
    if (some.length < enoughToCount) some.push({ ...ask, parameters });
  }
  const known = [...limits].filter((limit) => limit !== undefined);
  const limit = known.length === 0 || known.length < limits.size ? undefined : Math.max(...known);
  return {
    requests,
    bytes,
    parameters: parametersText(first),
    limit,
    some,
    services: [...services.values()],
  };
}

const enoughToCount = 200;
