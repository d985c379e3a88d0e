import { describe, expect, it, onTestFinished } from "vitest";
import type { Ask, Execution } from "../../src/runner/asking.ts";
import { openClaims } from "../../src/runner/claims.ts";
import { openBudget } from "../../src/runner/money/budget.ts";
import type { Batches, Connection } from "../../src/runner/provider.ts";
import { RequestFailure } from "../../src/runner/provider.ts";
import { openProviderModel } from "../../src/runner/provider-model.ts";
import { openPurchase } from "../../src/runner/purchase.ts";
import type { ProvidedModel, Shop } from "../../src/runner/shop.ts";
import type { Store } from "../../src/runner/store.ts";
import { openMemoryStore } from "../support/memory-store.ts";
import { answerTo, type ScriptedBatches, scriptedBatches } from "../support/scripted-batches.ts";

/** A run's shop with one model at $1,000 for a million tokens, batches that end at once, and a count of live requests. */
function shopRig(
  options: { readonly maxUsd?: number; readonly ends?: boolean; readonly store?: Store } = {},
) {
  const store = options.store ?? openMemoryStore();
  if (options.store === undefined) onTestFinished(() => store.close());
  const provider = scriptedBatches();
  const stop = new AbortController();
  const rig = {
    store,
    provider,
    stop,
    live: [] as string[],
    budget: openBudget({ maxUsd: options.maxUsd }),
    answerLive: async (): Promise<void> => {},
    model(mode: Execution["mode"], deadlineMs?: number) {
      const purchase = openPurchase({
        execution: {
          concurrency: 4,
          timeoutMs: 1000,
          retries: 1,
          maxFailedRows: 1,
          mode,
          ...(deadlineMs !== undefined && { deadlineMs }),
        } as Execution,
        mayBuy: true,
      });
      const opened = openProviderModel(model, shop, { purchase, spec: "spec.yaml", step: mode });
      return { ...opened, prefetch: opened.prefetch!, purchase };
    },
  };
  const connection: Connection = {
    async answer({ messages }) {
      rig.live.push(String(messages[0]!.content));
      await rig.answerLive();
      return answerTo("live");
    },
    batches: options.ends === false ? provider.batches : endAtOnce(provider),
    close: async () => {},
  };
  const shop: Shop = {
    store,
    budget: rig.budget,
    replays: false,
    signal: new AbortController().signal,
    stop: stop.signal,
    connect: async () => connection,
    now: () => Date.now(),
    underWay: new Map(),
    claims: openClaims(),
  };
  return rig;
}

const model = {
  name: "large",
  digest: "d",
  spec: { model: "large-1", provider: "api", request: { max_completion_tokens: 100 } },
  provider: { type: "scripted", params: {} },
  definition: { name: "scripted", free: false, kept: true, batches: true, params: { type: "object" } },
  identity: { type: "scripted" },
  price: { input: 1000, output: 1000, batch_input: 1000, batch_output: 1000 },
  shutdownDate: undefined,
} as unknown as ProvidedModel;

function endAtOnce(provider: ScriptedBatches): Batches {
  provider.polls = 0;
  return {
    ...provider.batches,
    async create(file, tag, signal) {
      const { id } = await provider.batches.create(file, tag, signal);
      return provider.batches.read(id, signal);
    },
  };
}

const ask = (text: string): Ask => ({
  messages: [{ role: "user", content: text }],
  parameters: {},
  draw: { occurrence: 0, sample: 0 },
});

function asks(...texts: readonly string[]) {
  return async function* () {
    for (const text of texts) yield ask(text);
  };
}

const sold = (rig: ReturnType<typeof shopRig>) => [...rig.provider.bought.values()];
const tick = () => new Promise(setImmediate);

describe("a request that is wanted in a batch and live at once", () => {
  it("is not asked live between its claim and its being handed in", async () => {
    const rig = shopRig();
    const more = Promise.withResolvers<void>();
    const buying = rig.model("batch").prefetch(async function* () {
      yield ask("one");
      await more.promise;
      yield ask("two");
    });
    await tick();
    const live = rig.model("live").answer(ask("one"));
    await tick();
    expect(rig.live).toEqual([]);
    more.resolve();
    await buying;
    expect(await live).toMatchObject({ latency_ms: null });
    expect(rig.live).toEqual([]);
    expect(sold(rig)).toEqual([1, 1]);
  });

  it("is left to whoever asks live already, and bought in a batch where that fails", async () => {
    for (const fails of [false, true]) {
      const rig = shopRig();
      const answered = Promise.withResolvers<void>();
      rig.answerLive = () => answered.promise;
      const live = rig
        .model("live")
        .answer(ask("one"))
        .then(
          () => "answered",
          () => "failed",
        );
      while (rig.live.length === 0) await tick();
      const buying = rig.model("batch").prefetch(asks("one", "two"));
      while (rig.provider.created.length === 0) await tick();
      expect(rig.provider.created[0]?.requests).toHaveLength(1);
      if (fails) answered.reject(new RequestFailure("500"));
      else answered.resolve();
      await buying;
      expect(await live).toBe(fails ? "failed" : "answered");
      expect(sold(rig)).toEqual(fails ? [1, 1] : [1]);
    }
  });
});

describe("two models of one run that want the same answers in batches", () => {
  it("set aside the money for each once, and both find the answers", async () => {
    // Room for some more than two requests of at most 100 tokens and a few bytes.
    const rig = shopRig({ maxUsd: 0.3 });
    const texts = ["one", "two"];
    const models = [rig.model("batch"), rig.model("batch")] as const;
    await Promise.all(models.map((one) => one.prefetch(asks(...texts))));
    expect(sold(rig)).toEqual([1, 1]);
    for (const one of models)
      for (const text of texts) expect((await one.answer(ask(text))).output_text).toMatch(/^answer to/);
    expect(rig.live).toEqual([]);
    // Three tokens in and two out, twice.
    expect(rig.budget.spentUsd).toBeCloseTo(0.01, 10);
  });
});

describe("the money of a batch", () => {
  it("counts against the limit where nobody knows whether it was handed in", async () => {
    const rig = shopRig({ maxUsd: 0.15 });
    rig.provider.afterCreate = () => {
      throw new RequestFailure("a recording could not be written", { scope: "stop", taken: true });
    };
    await expect(rig.model("batch").prefetch(asks("one"))).rejects.toThrow("could not be written");
    expect(rig.budget.unknown).toBe(true);
    await expect(rig.model("live").prefetch(asks("two"))).rejects.toThrow("of it is spent");
  });

  it("is given back where the provider refused the batch", async () => {
    const rig = shopRig({ maxUsd: 0.15 });
    rig.provider.before = (call) => {
      if (call === "create") throw new RequestFailure("401", { scope: "stop" });
    };
    await expect(rig.model("batch").prefetch(asks("one"))).rejects.toThrow("401");
    expect(rig.budget.unknown).toBe(false);
    rig.provider.before = () => {};
    await rig.model("batch").prefetch(asks("one"));
    expect(sold(rig)).toEqual([1]);
  });

  it("is booked once, though its results were fetched twice", async () => {
    const rig = shopRig();
    const texts = Array.from({ length: 250 }, (_, index) => `question ${index}`);
    let results = 0;
    rig.provider.before = (call) => {
      if (call === "results" && ++results === 240) throw new RequestFailure("gone", { scope: "stop" });
    };
    await expect(rig.model("batch").prefetch(asks(...texts))).rejects.toThrow("could not be fetched");
    expect(rig.budget.spentUsd).toBeGreaterThan(0);
    await rig.model("batch").prefetch(asks(...texts));
    expect(sold(rig)).toEqual(texts.map(() => 1));
    // Three tokens in and two out, each time.
    expect(rig.budget.spentUsd).toBeCloseTo(250 * 0.005, 10);
  });
});

describe("a step's deadline", () => {
  it("ends its waiting for its own batch, which goes on, and the answers are then missing", async () => {
    const rig = shopRig({ ends: false });
    rig.provider.polls = 1e9;
    const model = rig.model("batch", 30);
    await model.prefetch(asks("one"));
    await expect(model.answer(ask("one"))).rejects.toMatchObject({
      message: "the step's deadline of 0.03 s is over",
      scope: "stop",
      hint: expect.stringContaining("the next run fetches it"),
    });
    expect(rig.store.jobs.open()).toMatchObject([{ remote: "batch_1" }]);
    expect(rig.live).toEqual([]);
    expect(rig.budget.unknown).toBe(true);
  });

  it("ends its waiting for another's batch, and the other goes on", async () => {
    const rig = shopRig({ ends: false });
    rig.provider.polls = 1e9;
    const other = rig
      .model("batch")
      .prefetch(asks("one"))
      .catch((error: Error) => error.message);
    while (rig.provider.created.length === 0) await tick();
    await expect(rig.model("live", 30).answer(ask("one"))).rejects.toMatchObject({
      message: "the step's deadline of 0.03 s is over",
      scope: "stop",
    });
    expect(rig.live).toEqual([]);
    rig.stop.abort(new Error("interrupted"));
    expect(await other).toBe("interrupted");
  });
});
