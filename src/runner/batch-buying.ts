import { setTimeout as sleep } from "node:timers/promises";
import { type BatchDesk, buyInBatches, waitForJob } from "./batch/buy-in-batches.ts";
import type { JobRequest } from "./batch/job.ts";
import { type Ending, orStopped, stopAtDeadline } from "./batch/stop-at-deadline.ts";
import { type BatchReservations, openBatchReservations } from "./batch-reservations.ts";
import { OverBudget } from "./money/budget.ts";
import type { Batches, Connection, ModelRequest, RequestFailure } from "./provider.ts";
import { type Asker, type Bought, intentOf, type ProvidedModel, type Shop } from "./shop.ts";
import { StepFailure } from "./step-failure.ts";
import type { StoredAnswer } from "./store.ts";

/** How a provider's model is asked in batches. */
export interface BatchBuying {
  /**
   * Hands in what is not kept, waits, and keeps what comes. What others ask for already is left to them and bought
   * where they got no answer: `requests` may be read again for it. At the step's deadline the waiting ends without
   * an error, and `failureOf` tells it.
   *
   * @throws OverBudget after all that fits the limit has come
   */
  buy(requests: () => AsyncIterable<ModelRequest>): Promise<void>;
  /** Why a request has no answer that was to be bought; undefined where it was not, or has one. */
  failureOf(key: string): RequestFailure | undefined;
  /**
   * The answer that an open batch is about to give; undefined where none carries the request, or it gave no answer.
   * Nothing can come to carry it between this answer and what is begun in the same tick.
   */
  waitFor(key: string): Promise<StoredAnswer | undefined>;
}

/** Joins a model, the run's money and batches. */
export function openBatchBuying(options: {
  readonly model: ProvidedModel;
  readonly shop: Shop;
  readonly asker: Asker;
  readonly keyOf: (request: ModelRequest) => string;
  readonly storedOf: (bought: Bought) => StoredAnswer;
  readonly inspect: (connection: Connection) => Promise<void>;
  readonly refuseToBuy: () => void;
}): BatchBuying {
  const { model, shop, asker, keyOf, storedOf, inspect, refuseToBuy } = options;
  const { store, claims, underWay } = shop;
  const { purchase } = asker;
  const failures = new Map<string, RequestFailure>();
  let overdue: RequestFailure | undefined;

  const openReservations = () =>
    openBatchReservations(shop.budget, (request) => intentOf(model, request, "batch"));

  async function openDesk(reservations: BatchReservations, stop: AbortSignal): Promise<BatchDesk> {
    const connection = await shop.connect(model.spec.provider);
    return {
      store,
      batches: batchesOf(connection, model),
      scope: {
        spec: asker.spec,
        step: asker.step,
        provider: model.identity,
        model: model.spec.model,
      },
      async keep(key, request, answer) {
        // Fetched a second time after the first was broken off: it is booked already, maybe by an earlier run.
        if (store.answer(key) !== undefined) return reservations.leave(key);
        const paid = reservations.settle({ key, request }, answer);
        await store.keepAnswer(storedOf({ key, request, answer, paid }));
      },
      sent(count) {
        if (!shop.replays) purchase.requests += count;
      },
      note: purchase.warn,
      progress: purchase.progress,
      stop,
      hard: shop.signal,
      now: shop.now,
      sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
    };
  }

  /** Hands in what nobody else asks for, and waits. @returns the keys of the others */
  async function buyUnclaimed(
    requests: AsyncIterable<ModelRequest>,
    { seen, ending }: { readonly seen: Set<string>; readonly ending: Ending },
  ): Promise<ReadonlySet<string>> {
    const reservations = openReservations();
    const claimed = new Set<string>();
    const others = new Set<string>();
    let over: OverBudget | undefined;

    const letGo = (key: string) => {
      if (claimed.delete(key)) claims.letGo(key);
    };

    // Nothing is opened, and no leave is asked, where all answers are kept.
    async function* missing(): AsyncGenerator<JobRequest> {
      for await (const request of requests) {
        const key = keyOf(request);
        if (seen.has(key) || store.answer(key) !== undefined) continue;
        // In one tick, as whoever asks live looks at the claims when it is under way.
        if (underWay.has(key) || !claims.take(key)) {
          others.add(key);
          continue;
        }
        claimed.add(key);
        seen.add(key);
        try {
          // What a job carries already is paid from the money of whoever handed it in.
          if (store.jobs.holding(key) === undefined) await reservations.reserve({ key, request });
        } catch (error) {
          if (!(error instanceof OverBudget)) throw error;
          over = error;
          return;
        }
        yield { key, request };
      }
    }

    const found = missing();
    try {
      const first = await found.next();
      if (first.done !== true) {
        refuseToBuy();
        await inspect(await shop.connect(model.spec.provider));
        const failed = await buyInBatches({
          ...(await openDesk(reservations, ending.signal)),
          requests: rejoin(first.value, found),
          retries: purchase.execution.retries,
          placed(ones, taken) {
            for (const one of ones) {
              if (taken.has(one.key)) reservations.carry(one);
              else reservations.leave(one.key);
              letGo(one.key);
            }
          },
        });
        for (const [key, failure] of failed) failures.set(key, failure);
      }
    } finally {
      for (const key of claimed) claims.letGo(key);
      reservations.end((key) => {
        const job = store.jobs.holding(key);
        return job !== undefined && (job.handed !== null || job.remote !== null);
      });
    }
    if (over !== undefined) throw over;
    return others;
  }

  return {
    failureOf: (key) => failures.get(key) ?? overdue,
    async waitFor(key) {
      if (!claims.has(key) && store.jobs.holding(key) === undefined) return undefined;
      const ending = stopAtDeadline(shop.stop, purchase);
      try {
        await orStopped(claims.free(key), ending.signal);
        const job = store.jobs.holding(key);
        if (job === undefined) return undefined;
        await waitForJob(await openDesk(openReservations(), ending.signal), job.id);
        return store.answer(key);
      } finally {
        ending.end();
      }
    },
    async buy(requests) {
      const ending = stopAtDeadline(shop.stop, purchase);
      const seen = new Set<string>();
      try {
        for (;;) {
          const others = await buyUnclaimed(requests(), { seen, ending });
          if (others.size === 0) return;
          for (const key of others) {
            await orStopped(claims.free(key), ending.signal);
            await orStopped(underWay.get(key)?.catch(() => {}) ?? Promise.resolve(), ending.signal);
          }
        }
      } catch (error) {
        if (error !== ending.overdue || ending.overdue === undefined) throw error;
        overdue = ending.overdue;
      } finally {
        ending.end();
      }
    },
  };
}

async function* rejoin<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

function batchesOf({ batches }: Connection, { spec }: ProvidedModel): Batches {
  if (batches !== undefined) return batches;
  throw new StepFailure(
    `provider "${spec.provider}" takes no requests in batches`,
    "take mode: batch out of the step's execution, or ask a model of another provider",
  );
}
