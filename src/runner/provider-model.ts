import { answerKey } from "./answer-key.ts";
import type { Ask, Model } from "./asking.ts";
import { openAttempts } from "./attempts.ts";
import { openBatchBuying } from "./batch-buying.ts";
import { preflight } from "./preflight.ts";
import { type Connection, type ModelAnswer, type ModelRequest, RequestFailure } from "./provider.ts";
import { noteAnswer, noteTags } from "./purchase.ts";
import type { Json } from "./row.ts";
import { type Asker, type Bought, intentOf, type ProvidedModel, type Shop } from "./shop.ts";
import type { StoredAnswer } from "./store.ts";

/** Asking would buy again what the lock says was bought before. */
export class WouldBuyAgain extends Error {
  override readonly name = "WouldBuyAgain";
}

/** A provider's model over the store: an answer that is kept is never asked for again. */
export function openProviderModel(
  model: ProvidedModel,
  shop: Shop,
  asker: Asker,
): Pick<Model, "free" | "kept" | "answer" | "prefetch"> {
  const { definition, spec, identity } = model;
  const { purchase } = asker;

  function requestOf(ask: Ask): ModelRequest {
    const parameters = { ...spec.request, ...ask.parameters };
    const metadata = parameters.store === true ? ask.tags?.metadata : undefined;
    return {
      model: spec.model,
      messages: ask.messages,
      parameters,
      draw: ask.draw,
      ...(metadata !== undefined && { metadata }),
    };
  }

  const keyOf = ({ messages, parameters, draw }: ModelRequest) =>
    answerKey({
      provider: identity,
      model: spec.model,
      messages: messages as unknown as Json,
      parameters,
      draw,
    });

  async function send(request: ModelRequest): Promise<{ answer: ModelAnswer; paid: number | null }> {
    refuseToBuy();
    const connection = await shop.connect(spec.provider);
    const { execution, deadlineAt } = purchase;
    const working = {
      concurrency: execution.concurrency,
      timeoutMs: execution.timeoutMs,
      retries: execution.retries,
      stop: shop.stop,
      note: purchase.warn,
      ...(deadlineAt !== undefined && { deadlineAt }),
    };
    if (definition.free)
      return { answer: await connection.answer(request, working, shop.signal), paid: null };
    if (deadlineAt !== undefined && performance.now() >= deadlineAt)
      throw new RequestFailure(`the step's deadline of ${execution.deadlineMs! / 1000} s is over`, {
        scope: "stop",
        hint: "the next run goes on; or raise execution.deadline",
      });
    await inspect(connection);
    const attempts = await openAttempts(intentOf(model, request, "live"), {
      budget: shop.budget,
      count() {
        if (!shop.replays) purchase.requests++;
      },
    });
    try {
      const executing = { ...working, onAttempt: attempts.begin };
      const answer = await connection.answer(request, executing, shop.signal);
      return { answer, paid: attempts.answered(answer) };
    } catch (error) {
      attempts.failed(error);
      throw error;
    }
  }

  function refuseToBuy(): void {
    if (!definition.free && !purchase.mayBuy) throw new WouldBuyAgain(model.name);
  }

  async function inspect(connection: Connection): Promise<void> {
    if (shop.replays) return;
    await preflight({
      connection,
      model: spec.model,
      name: model.name,
      shutdownDate: model.shutdownDate,
      now: shop.now(),
      signal: shop.signal,
      warn: purchase.warn,
    });
  }

  function storedOf({ key, request, answer, paid }: Bought): StoredAnswer {
    return {
      key,
      provider: identity,
      model: spec.model,
      request: { messages: request.messages as unknown as Json, ...request.parameters },
      sample: request.draw.sample,
      answer: {
        ...answer,
        // What the provider says of it comes first; a price list knows of no rebate.
        ...(paid !== null && { cost_usd: answer.cost_usd ?? paid }),
        // How long a recording took to read is nothing that anybody waited for.
        ...(shop.replays && { latency_ms: null }),
      },
      created: shop.now(),
      ...(!definition.free && { paid_usd: paid }),
      ...(paid !== null &&
        answer.cost_usd == null &&
        model.price?.as_of !== undefined && { prices_as_of: model.price.as_of }),
    };
  }

  /** What this step is asking for itself. */
  const own = new WeakSet<Promise<StoredAnswer>>();

  function keep(key: string, fetch: () => Promise<StoredAnswer>): Promise<StoredAnswer> {
    const running = shop.underWay.get(key);
    if (running !== undefined)
      return running.catch((error: unknown) => {
        // What the other step may not do, or has no time, money or patience for, says nothing of this one.
        if (!own.has(running)) return keep(key, fetch);
        throw error;
      });
    const fresh = fetch().finally(() => shop.underWay.delete(key));
    own.add(fresh);
    shop.underWay.set(key, fresh);
    return fresh;
  }

  const batch = openBatchBuying({ model, shop, asker, keyOf, storedOf, inspect, refuseToBuy });

  let hasErased: boolean | undefined;
  /** Notes an answer that was erased and is about to be asked for again. */
  function noteErased(key: string): void {
    // In most stores nothing was ever erased, and so nothing need be looked up.
    hasErased ??= shop.store.tombstones()[Symbol.iterator]().next().done !== true;
    if (hasErased && shop.store.tombstone(key) !== undefined) purchase.erased.add(key);
  }

  /** The kept answer to a request, bought where it is not there. */
  async function take(key: string, request: ModelRequest): Promise<StoredAnswer> {
    const known = shop.store.answer(key);
    if (known !== undefined) return known;
    const failure = batch.failureOf(key);
    if (failure !== undefined) throw failure;
    return keep(key, async () => {
      refuseToBuy();
      noteErased(key);
      // What a batch is about to answer is paid for.
      const fetched = definition.free ? undefined : await batch.waitFor(key);
      if (fetched !== undefined) return fetched;
      const { answer, paid } = await send(request);
      return shop.store.keepAnswer(storedOf({ key, request, answer, paid }));
    });
  }

  return {
    free: definition.free,
    kept: definition.kept,
    async answer(ask) {
      const request = requestOf(ask);
      if (!definition.kept) return (await send(request)).answer;
      const key = keyOf(request);
      const stored = await take(key, request);
      noteAnswer(purchase, stored, model.digest);
      if (ask.tags !== undefined)
        noteTags(purchase, { answer: key, spec: asker.spec, step: asker.step, ...ask.tags });
      return stored.answer;
    },
    ...(!definition.free &&
      definition.kept && {
        prefetch: (asks) => batch.buy(() => requestsOf(asks)),
      }),
  };

  async function* requestsOf(asks: () => AsyncIterable<Ask>): AsyncGenerator<ModelRequest> {
    for await (const ask of asks()) {
      const request = requestOf(ask);
      if (purchase.mayBuy && hasErased !== false) noteErased(keyOf(request));
      yield request;
    }
  }
}
