import { setTimeout as sleep } from "node:timers/promises";
import { type BatchDesk, buyInBatches, waitForJob } from "./batch/buy-in-batches.ts";
import type { JobRequest } from "./batch/job.ts";
import { OverBudget, type Reservation } from "./money/budget.ts";
import type { Batches, Connection, ModelAnswer, ModelRequest, RequestFailure } from "./provider.ts";
import { type Asker, type Bought, intentOf, type ProvidedModel, type Shop } from "./shop.ts";
import { StepFailure } from "./step.ts";
import type { StoredAnswer } from "./store.ts";

/** How a provider's model is asked in batches. */
export interface BatchBuying {
  /** Hands in what is not kept, waits, and keeps what comes. @throws OverBudget after all that fits the limit has come */
  buy(requests: AsyncIterable<ModelRequest>): Promise<void>;
  /** Why a request that was handed in has no answer; undefined where it was not, or has one. */
  failureOf(key: string): RequestFailure | undefined;
  /** The answer that an open batch is about to give; undefined where none carries the request, or it gave no answer. */
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
  const { purchase } = asker;
  const failures = new Map<string, RequestFailure>();

  async function openDesk(reservations: Map<string, Reservation>): Promise<BatchDesk> {
    const connection = await shop.connect(model.spec.provider);
    return {
      store: shop.store,
      batches: batchesOf(connection, model),
      scope: {
        spec: asker.spec,
        step: asker.step,
        provider: model.identity,
        model: model.spec.model,
      },
      async keep(key, request, answer) {
        const known = reservations.get(key);
        reservations.delete(key);
        // A job that an earlier run handed in was never set aside in this one, and is paid for all the same.
        const reservation = known ?? shop.budget.admit(intentOf(model, request, "batch"));
        const paid = reservation.settle(answer.usage, answer.cost_usd);
        await shop.store.keepAnswer(storedOf({ key, request, answer, paid }));
      },
      sent(count) {
        if (!shop.replays) purchase.requests += count;
      },
      note: purchase.warn,
      progress: purchase.progress,
      stop: shop.stop,
      hard: shop.signal,
      now: shop.now,
      sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
    };
  }

  return {
    failureOf: (key) => failures.get(key),
    async waitFor(key) {
      const job = shop.store.jobs.holding(key);
      if (job === undefined) return undefined;
      await waitForJob(await openDesk(new Map()), job.id);
      return shop.store.answer(key);
    },
    async buy(requests) {
      const reservations = new Map<string, Reservation>();
      let over: OverBudget | undefined;

      // Nothing is opened, and no leave is asked, where all answers are kept.
      async function* missing(): AsyncGenerator<JobRequest> {
        for await (const request of requests) {
          const key = keyOf(request);
          // What another step asks live comes sooner, and is bought once.
          await shop.underWay.get(key)?.catch(() => undefined);
          if (reservations.has(key) || shop.store.answer(key) !== undefined) continue;
          try {
            reservations.set(key, await shop.budget.reserve(intentOf(model, request, "batch")));
          } catch (error) {
            if (!(error instanceof OverBudget)) throw error;
            over = error;
            return;
          }
          yield { key, request };
        }
      }

      const found = missing();
      const first = await found.next();
      try {
        if (first.done !== true) {
          refuseToBuy();
          await inspect(await shop.connect(model.spec.provider));
          const failed = await buyInBatches({
            ...(await openDesk(reservations)),
            requests: rejoin(first.value, found),
            retries: purchase.execution.retries,
          });
          for (const [key, failure] of failed) failures.set(key, failure);
        }
      } finally {
        for (const reservation of reservations.values()) reservation.release();
      }
      if (over !== undefined) throw over;
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
