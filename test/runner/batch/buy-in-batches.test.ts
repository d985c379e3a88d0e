import { describe, expect, it } from "vitest";
import { buyInBatches } from "../../../src/runner/batch/buy-in-batches.ts";
import { RequestFailure } from "../../../src/runner/provider.ts";
import { batchRig, keysOf } from "./batch-rig.ts";

const keys = keysOf(10);
const once = (wanted: readonly string[]) => new Map(wanted.map((key) => [key, 1]));

describe("buying in batches", () => {
  it("buys every answer once and keeps it, without the time that the batch took", async () => {
    const rig = batchRig();
    expect(await buyInBatches(rig.purchase([...keys, "a3"]))).toEqual(new Map());
    expect(rig.provider.created.map(({ requests }) => requests)).toEqual([keys]);
    expect(rig.provider.bought).toEqual(once(keys));
    expect(rig.store.answer("a3")?.answer).toMatchObject({ output_text: "answer to a3", latency_ms: null });
    expect(rig.store.jobs.open()).toEqual([]);
    expect(rig.sent).toBe(10);
    expect(rig.progress.at(-1)).toEqual([10, 10]);
    expect(rig.notes).toEqual(["10 requests handed in as batch_1"]);
  });

  it("counts one request as one", async () => {
    const rig = batchRig();
    await buyInBatches(rig.purchase(["a0"]));
    expect(rig.notes).toEqual(["1 request handed in as batch_1"]);
  });

  it("asks nobody anything where nothing is missing", async () => {
    const rig = batchRig();
    rig.provider.before = () => expect.unreachable();
    expect(await buyInBatches(rig.purchase([]))).toEqual(new Map());
  });

  it("fills files up to the provider's limits, and waits for all of them at once", async () => {
    const rig = batchRig({ requests: 4, bytes: 1e6 });
    await buyInBatches(rig.purchase(keys));
    expect(rig.provider.created.map(({ requests }) => requests.length)).toEqual([4, 4, 2]);
    expect(rig.provider.bought).toEqual(once(keys));

    const narrow = batchRig({ requests: 100, bytes: 250 });
    await buyInBatches(narrow.purchase(keys));
    expect(narrow.provider.created.map(({ requests }) => requests.length)).toEqual([3, 3, 3, 1]);
  });

  it("tells of a request that no file may hold, and buys the others", async () => {
    const rig = batchRig({ requests: 100, bytes: 250 });
    const failures = await buyInBatches(rig.purchase(["a0", "x".repeat(250), "a1"]));
    expect([...failures.values()].map(({ message }) => message)).toEqual([
      "its request has 568 bytes, more than a batch's file may have",
    ]);
    expect(rig.kept(["a0", "a1"])).toEqual(["a0", "a1"]);
  });

  it("hands in again only what got no answer, and not what was refused", async () => {
    const rig = batchRig();
    rig.provider.result = (id, time) => {
      if (id === "a1") return time < 3 ? "again" : "answer";
      if (id === "a2") return time < 2 ? undefined : "answer";
      return id === "a3" ? "refused" : "answer";
    };
    const failures = await buyInBatches(rig.purchase(keys));
    expect(rig.provider.created.map(({ requests }) => requests)).toEqual([keys, ["a1", "a2"], ["a1"]]);
    expect([...failures].map(([key, { message, scope }]) => [key, message, scope])).toEqual([
      ["a3", "batch_1: 400: not like that", "request"],
    ]);
    expect(rig.provider.bought).toEqual(once(keys.filter((key) => key !== "a3")));
  });

  it("gives up after so many rounds as retries allow, and says why", async () => {
    const rig = batchRig();
    rig.provider.result = (id) => (id === "a1" ? "again" : id === "a2" ? undefined : "answer");
    rig.provider.end = () => ({ status: "expired" });
    const failures = await buyInBatches(rig.purchase(keys, { retries: 1 }));
    expect(rig.provider.created).toHaveLength(2);
    expect([...failures].map(([key, { message }]) => [key, message])).toEqual([
      ["a1", "the server was busy (2 batches)"],
      ["a2", "batch_2 is expired, without an answer to it (2 batches)"],
    ]);
  });

  it("stops where the provider refuses the batch, and tells why", async () => {
    const rig = batchRig();
    rig.provider.end = () => ({ status: "failed", refusal: "the model takes no batches" });
    await expect(buyInBatches(rig.purchase(keys))).rejects.toMatchObject({
      message: "the provider refused batch_1: the model takes no batches",
      scope: "stop",
    });
    expect(rig.provider.created).toHaveLength(1);
    expect(rig.store.jobs.open()).toEqual([]);
  });

  it("hands in halves later where too much waits at the provider already", async () => {
    const rig = batchRig();
    const many = keysOf(100);
    rig.provider.end = ({ requests }) =>
      requests.length > 30 ? { status: "failed", refusal: "too many tokens wait", again: true } : {};
    const began = rig.clock.now;
    expect(await buyInBatches(rig.purchase(many))).toEqual(new Map());
    expect(rig.provider.created.map(({ requests }) => requests.length)).toEqual([
      100, 50, 25, 25, 50, 25, 25,
    ]);
    expect(rig.provider.bought).toEqual(once(many));
    expect(rig.clock.now - began).toBeGreaterThan(120_000);
  });

  it("gives up where a small file is refused again and again, though nothing else waits there", async () => {
    const rig = batchRig();
    rig.provider.end = () => ({ status: "failed", refusal: "too many tokens wait", again: true });
    const began = rig.clock.now;
    await expect(buyInBatches(rig.purchase(keys))).rejects.toMatchObject({
      message: expect.stringMatching(
        /^the provider refused 10 requests \d+ times in \d\d minutes, though nothing else of this project waits there: too many tokens wait$/,
      ),
      scope: "stop",
    });
    expect(rig.clock.now - began).toBeGreaterThan(30 * 60_000);
    expect(rig.store.jobs.open()).toEqual([]);
  });

  it("waits on as long as another batch of the store fills the provider's queue", async () => {
    const rig = batchRig();
    rig.store.jobs.add(
      {
        id: "other",
        spec: "other.yaml",
        step: "exam",
        provider: { type: "scripted" },
        model: "large",
        created: 0,
      },
      [
        {
          key: "z",
          request: { model: "large", messages: [], parameters: {}, draw: { occurrence: 0, sample: 0 } },
        },
      ],
    );
    rig.store.jobs.note("other", { handed: rig.clock.now, remote: "batch_other" });
    const full = rig.clock.now + 3 * 60 * 60_000;
    rig.provider.end = () =>
      rig.clock.now < full ? { status: "failed", refusal: "too many tokens wait", again: true } : {};
    expect(await buyInBatches(rig.purchase(keys))).toEqual(new Map());
    expect(rig.kept(keys)).toEqual(keys);
  });

  it("sits out outages while it waits, and fetches a broken download again", async () => {
    const rig = batchRig();
    const failed = { read: 0, results: 0 };
    rig.provider.before = (call) => {
      if (call === "read" && failed.read++ < 5) throw new RequestFailure("no answer");
      if (call === "results" && failed.results++ % 5 === 4 && failed.results < 20)
        throw new RequestFailure("broke off");
    };
    expect(await buyInBatches(rig.purchase(keys))).toEqual(new Map());
    expect(rig.kept(keys)).toEqual(keys);
    expect(rig.provider.bought).toEqual(once(keys));
    expect(rig.notes).toContain("batch_1 cannot be asked about for now: no answer");
  });

  it("looks ever less often, but at least once a minute", async () => {
    const rig = batchRig();
    rig.provider.polls = 60;
    const reads: number[] = [];
    rig.provider.before = (call) => {
      if (call === "read") reads.push(rig.clock.now);
    };
    await buyInBatches(rig.purchase(keys));
    const waits = reads.slice(1).map((time, index) => time - reads[index]!);
    expect(waits[0]).toBe(1_000);
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect(waits.at(-1)).toBe(60_000);
  });
});

describe("a creation of which nothing is known", () => {
  it.each([0, 2])("is found by its tag, though the list shows it only after %i looks", async (lag) => {
    const rig = batchRig();
    rig.provider.lag = lag;
    rig.provider.afterCreate = () => {
      throw new RequestFailure("timed out");
    };
    expect(await buyInBatches(rig.purchase(keys))).toEqual(new Map());
    expect(rig.provider.created).toHaveLength(1);
    expect(rig.provider.bought).toEqual(once(keys));
  });

  it("is sent again where the provider does not know its tag", async () => {
    const rig = batchRig();
    let failed = false;
    rig.provider.before = (call) => {
      if (call !== "create" || failed) return;
      failed = true;
      throw new RequestFailure("503");
    };
    expect(await buyInBatches(rig.purchase(keys))).toEqual(new Map());
    expect(rig.provider.created).toHaveLength(1);
  });

  it("is not sent again as long as the provider cannot be asked", async () => {
    const rig = batchRig();
    let down = true;
    rig.provider.before = (call) => {
      if (call === "find" && down) throw new RequestFailure("503");
    };
    rig.provider.afterCreate = () => {
      throw new RequestFailure("timed out");
    };
    await expect(buyInBatches(rig.purchase(keys))).rejects.toThrow(
      "it is not known whether a batch was created",
    );
    down = false;
    expect(await buyInBatches(rig.purchase(keys))).toEqual(new Map());
    expect(rig.provider.created).toHaveLength(1);
    expect(rig.provider.bought).toEqual(once(keys));
  });

  it("that was sent twice by the network is carried on once, and its twin cancelled", async () => {
    const rig = batchRig();
    let doubled = false;
    const { create } = rig.provider.batches;
    const batches = {
      ...rig.provider.batches,
      async create(file: string, tag: string, signal: AbortSignal) {
        const batch = await create(file, tag, signal);
        if (doubled) return batch;
        doubled = true;
        await create(file, tag, signal);
        throw new RequestFailure("reset");
      },
    };
    const cancelled: string[] = [];
    rig.provider.before = (call) => void (call === "cancel" && cancelled.push("twin"));
    await buyInBatches(rig.purchase(keys, { batches }));
    expect(cancelled).toEqual(["twin"]);
    expect(rig.provider.bought).toEqual(once(keys));
  });

  it("is looked for by the next run where a fault of ours came after the answer", async () => {
    const rig = batchRig();
    rig.provider.afterCreate = () => {
      throw new RequestFailure("the recording could not be written", { scope: "stop", taken: true });
    };
    await expect(buyInBatches(rig.purchase(keys))).rejects.toThrow("could not be written");
    rig.provider.afterCreate = () => {};
    expect(await buyInBatches(rig.purchase(keys))).toEqual(new Map());
    expect(rig.provider.created).toHaveLength(1);
    expect(rig.provider.bought).toEqual(once(keys));
  });

  it("is not sent again where it was refused, and the next run begins anew", async () => {
    const rig = batchRig();
    rig.provider.before = (call) => {
      if (call === "create") throw new RequestFailure("401", { scope: "stop" });
      if (call === "find") expect.unreachable();
    };
    await expect(buyInBatches(rig.purchase(keys))).rejects.toThrow("401");
    rig.provider.before = () => {};
    expect(await buyInBatches(rig.purchase(keys))).toEqual(new Map());
    expect(rig.provider.created).toHaveLength(1);
  });
});

describe("a run that ends early", () => {
  it("leaves its batches at the provider, says so, and the next run fetches them", async () => {
    const rig = batchRig({ requests: 5, bytes: 1e6 });
    const stop = new AbortController();
    rig.onSleep = () => {
      if (rig.provider.created.length === 2) stop.abort(new Error("interrupted"));
    };
    await expect(buyInBatches(rig.purchase(keys, { stop: stop.signal }))).rejects.toThrow("interrupted");
    expect(rig.notes).toContain(
      "batch_1 goes on at the provider: distill run fetches it, distill cancel ends it",
    );
    expect(rig.store.jobs.open()).toHaveLength(2);
    rig.onSleep = () => {};
    expect(await buyInBatches(rig.purchase(keys))).toEqual(new Map());
    expect(rig.provider.created).toHaveLength(2);
    expect(rig.sent).toBe(10);
    expect(rig.provider.bought).toEqual(once(keys));
  });

  it("at any call buys nothing twice: the next run goes on where it was", async () => {
    for (let fatal = 1; ; fatal += 1) {
      const rig = batchRig({ requests: 4, bytes: 1e6 });
      rig.provider.result = (id, time) => (id === "a1" && time === 1 ? "again" : "answer");
      let died = false;
      rig.provider.before = (_call, n) => {
        if (n !== fatal) return;
        died = true;
        throw new Error("killed");
      };
      rig.provider.afterCreate = ({ requests }) => {
        if (fatal % 7 !== 0 || requests.length === 1 || died) return;
        died = true;
        throw new Error("killed");
      };
      const first = await buyInBatches(rig.purchase(keys)).catch((error: Error) => error.message);
      rig.provider.before = () => {};
      rig.provider.afterCreate = () => {};
      expect(await buyInBatches(rig.purchase(keys)), `call ${fatal}`).toEqual(new Map());
      expect(rig.kept(keys), `call ${fatal}`).toEqual(keys);
      expect(rig.provider.bought, `call ${fatal}`).toEqual(once(keys));
      expect(rig.store.jobs.open(), `call ${fatal}`).toEqual([]);
      rig.store.close();
      if (!died) {
        expect(first).toEqual(new Map());
        expect(fatal).toBeGreaterThan(25);
        return;
      }
      expect(first, `call ${fatal}`).toBe("killed");
    }
  });

  it("while its files are filled leaves nothing behind", async () => {
    const rig = batchRig();
    async function* broken() {
      yield* rig.purchase(keysOf(500)).requests;
      throw new Error("a row cannot be read");
    }
    await expect(buyInBatches(rig.purchase([], { requests: broken() }))).rejects.toThrow(
      "a row cannot be read",
    );
    expect(rig.provider.created).toEqual([]);
    expect(rig.store.jobs.open()).toEqual([]);
    expect(rig.store.jobs.holding("a0")).toBeUndefined();
  });
});

describe("several who want the same answers", () => {
  it("at the same time buy them once", async () => {
    const rig = batchRig();
    const scope = { spec: "other.yaml", step: "exam", provider: { type: "scripted" }, model: "large" };
    const more = [...keys, "b0"];
    const both = await Promise.all([
      buyInBatches(rig.purchase(keys)),
      buyInBatches(rig.purchase(more, { scope })),
    ]);
    expect(both).toEqual([new Map(), new Map()]);
    expect(rig.provider.created.map(({ requests }) => requests)).toEqual([keys, ["b0"]]);
    expect(rig.provider.bought).toEqual(once(more));
  });

  it("wait for what another spec handed in before, and keep all of it", async () => {
    const rig = batchRig();
    const stop = new AbortController();
    rig.onSleep = () => stop.abort(new Error("interrupted"));
    await expect(buyInBatches(rig.purchase(keys, { stop: stop.signal }))).rejects.toThrow("interrupted");
    rig.onSleep = () => {};
    const scope = { spec: "other.yaml", step: "exam", provider: { type: "scripted" }, model: "large" };
    expect(await buyInBatches(rig.purchase(["a9", "b0"], { scope }))).toEqual(new Map());
    expect(rig.provider.created.map(({ requests }) => requests)).toEqual([keys, ["b0"]]);
    expect(rig.kept(keys)).toEqual(keys);
  });

  it("get what the other's round did not give in a further one", async () => {
    const rig = batchRig();
    rig.provider.result = (id, time) => (id === "a1" && time === 1 ? "again" : "answer");
    const both = await Promise.all([buyInBatches(rig.purchase(keys)), buyInBatches(rig.purchase(["a1"]))]);
    expect(both).toEqual([new Map(), new Map()]);
    expect(rig.kept(keys)).toEqual(keys);
    expect(rig.provider.bought).toEqual(once(keys));
  });
});

describe("jobs of an earlier form of a step", () => {
  async function interruptedRig() {
    const rig = batchRig();
    const stop = new AbortController();
    rig.onSleep = () => stop.abort(new Error("interrupted"));
    await expect(buyInBatches(rig.purchase(keys, { stop: stop.signal }))).rejects.toThrow("interrupted");
    rig.onSleep = () => {};
    return rig;
  }

  it("are left to the provider while they run, and the user is told", async () => {
    const rig = await interruptedRig();
    rig.provider.polls = 100;
    expect(await buyInBatches(rig.purchase(["b0"]))).toEqual(new Map());
    expect(rig.notes).toContain("batch_1 asks for what this step no longer wants: distill cancel ends it");
    expect(rig.kept(keys)).toEqual([]);
  });

  it("that have ended are fetched, for they are paid for", async () => {
    const rig = await interruptedRig();
    for (let poll = 0; poll < 3; poll += 1)
      await rig.provider.batches.read("batch_1", new AbortController().signal);
    expect(await buyInBatches(rig.purchase(["b0"]))).toEqual(new Map());
    expect(rig.kept(keys)).toEqual(keys);
    expect(rig.store.jobs.open()).toEqual([]);
  });
});

describe("a batch that is cancelled", () => {
  it("while a run waits: what was answered is kept, the run stops, and the next one hands in the rest", async () => {
    const rig = batchRig();
    rig.provider.polls = 3;
    rig.onSleep = () => {
      for (const { id } of rig.store.jobs.open()) rig.store.jobs.note(id, { cancelled: true });
    };
    rig.provider.result = (id, time) => (time === 1 && id > "a5" ? undefined : "answer");
    await expect(buyInBatches(rig.purchase(keys))).rejects.toMatchObject({
      message: "batch_1 was cancelled",
      scope: "stop",
    });
    expect(rig.kept(keys)).toHaveLength(6);
    rig.onSleep = () => {};
    expect(await buyInBatches(rig.purchase(["a6", "a7", "a8", "a9"]))).toEqual(new Map());
    expect(rig.provider.created.map(({ requests }) => requests)).toEqual([keys, ["a6", "a7", "a8", "a9"]]);
    expect(rig.provider.bought).toEqual(once(keys));
  });

  it("while files are still filled: no further one is handed in", async () => {
    const rig = batchRig({ requests: 5, bytes: 1e6 });
    rig.provider.end = () => ({ status: "cancelled" });
    rig.provider.result = () => undefined;
    async function* slow() {
      yield* rig.purchase(keys.slice(0, 6)).requests;
      while (rig.store.jobs.open().length > 0) await new Promise(setImmediate);
      yield* rig.purchase(keys.slice(6)).requests;
    }
    await expect(buyInBatches(rig.purchase([], { requests: slow() }))).rejects.toThrow(
      "batch_1 was cancelled",
    );
    expect(rig.provider.created).toHaveLength(1);
    expect(rig.store.jobs.open()).toEqual([]);
  });

  it("between two runs: the second keeps what was answered and hands in the rest", async () => {
    const rig = batchRig();
    const stop = new AbortController();
    rig.onSleep = () => stop.abort(new Error("interrupted"));
    await expect(buyInBatches(rig.purchase(keys, { stop: stop.signal }))).rejects.toThrow("interrupted");
    rig.onSleep = () => {};
    const [job] = rig.store.jobs.open();
    rig.store.jobs.note(job!.id, { cancelled: true });
    await rig.provider.batches.cancel("batch_1", new AbortController().signal);
    rig.provider.result = (id, time) => (time === 1 && id > "a5" ? undefined : "answer");
    expect(await buyInBatches(rig.purchase(keys))).toEqual(new Map());
    expect(rig.provider.created.map(({ requests }) => requests)).toEqual([keys, ["a6", "a7", "a8", "a9"]]);
    expect(rig.provider.bought).toEqual(once(keys));
  });
});
