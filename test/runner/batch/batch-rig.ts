import { onTestFinished } from "vitest";
import type { BatchDesk, BatchPurchase } from "../../../src/runner/batch/buy-in-batches.ts";
import type { JobRequest } from "../../../src/runner/batch/job.ts";
import type { Store } from "../../../src/runner/store.ts";
import { openMemoryStore } from "../../support/memory-store.ts";
import { type ScriptedBatches, scriptedBatches } from "../../support/scripted-batches.ts";

/** A store, scripted batches and a clock that moves only when somebody sleeps. */
export interface BatchRig {
  readonly store: Store;
  readonly provider: ScriptedBatches;
  readonly notes: string[];
  readonly progress: (readonly [number, number])[];
  readonly clock: { now: number };
  /** Called when somebody sleeps. */
  onSleep: () => void;
  /** How many requests were counted as sent. */
  sent: number;
  desk(change?: Partial<BatchDesk>): BatchDesk;
  purchase(keys: readonly string[], change?: Partial<BatchPurchase>): BatchPurchase;
  /** Those of these keys whose answers are kept. */
  kept(keys: readonly string[]): readonly string[];
}

/** Opens a rig that is gone after the test. */
export function batchRig(limits?: { readonly requests: number; readonly bytes: number }): BatchRig {
  const store = openMemoryStore();
  onTestFinished(() => store.close());
  const provider = scriptedBatches(limits);
  const never = new AbortController().signal;
  const rig: BatchRig = {
    store,
    provider,
    notes: [],
    progress: [],
    clock: { now: Date.UTC(2026, 10, 1) },
    onSleep: () => {},
    sent: 0,
    desk: (change = {}) => ({
      store,
      batches: provider.batches,
      scope: { spec: "spec.yaml", step: "capture", provider: { type: "scripted" }, model: "large" },
      keep: (key, request, answer) =>
        store.keepAnswer({
          key,
          provider: { type: "scripted" },
          model: request.model,
          request: { messages: request.messages as never },
          sample: request.draw.sample,
          answer,
          created: rig.clock.now,
        }),
      sent: (count) => (rig.sent += count),
      note: (message) => void rig.notes.push(message),
      progress: (done, total) => void rig.progress.push([done, total]),
      stop: never,
      hard: never,
      now: () => rig.clock.now,
      async sleep(ms) {
        rig.clock.now += ms;
        rig.onSleep();
        await new Promise(setImmediate);
      },
      ...change,
    }),
    purchase: (keys, change = {}) => ({
      ...rig.desk(change),
      retries: 2,
      placed: () => {},
      requests: requestsFor(keys),
      ...change,
    }),
    kept: (keys) => keys.filter((key) => store.answer(key) !== undefined),
  };
  return rig;
}

/** Keys `a0`, `a1` and so on. */
export function keysOf(count: number, prefix = "a"): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

async function* requestsFor(keys: readonly string[]): AsyncGenerator<JobRequest> {
  for (const key of keys)
    yield {
      key,
      request: {
        model: "large",
        messages: [{ role: "user", content: `question ${key}` }],
        parameters: {},
        draw: { occurrence: 0, sample: 0 },
      },
    };
}
