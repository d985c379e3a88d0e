import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Came,
  type Entry,
  openLimiter,
  type Permit,
} from "../../../../src/steps/providers/limiter/limiter.ts";
import { openFakeClock } from "../fake-clock.ts";

const size = { model: "m", bytes: 100, attachments: 0, outputLimit: 10 };
const usage = { input_tokens: 40, output_tokens: 10 };

const came = (status = 200, headers: { readonly [name: string]: string } = {}): Came => ({
  status,
  header: (name) => headers[name] ?? null,
  good: status === 200,
  usage: status === 200 ? usage : null,
});

/** A limiter whose entries are remembered, with the time at which each was let in. */
function open(limits: Parameters<ReturnType<typeof openLimiter>["lower"]>[0] = {}) {
  const clock = openFakeClock();
  const limiter = openLimiter("http://server", clock);
  limiter.lower(limits);
  const entered: { readonly name: string; readonly at: number; readonly permit: Permit }[] = [];
  const refused: { readonly name: string; readonly error: Error }[] = [];
  return {
    clock,
    limiter,
    entered,
    refused,
    names: () => entered.map(({ name }) => name),
    enter(name: string, entry: Partial<Entry> = {}) {
      const whole = { size, signal: new AbortController().signal, patienceMs: 600_000, ...entry };
      // As a request does: what is thrown at once and what comes later is the same to it.
      const entering = (async () => limiter.enter(whole))();
      entering.then(
        (permit) => entered.push({ name, at: clock.now(), permit }),
        (error: Error) => refused.push({ name, error }),
      );
      return entering.catch(() => undefined);
    },
  };
}

describe("a limiter", () => {
  it("without limits lets everything in at once", async () => {
    const { enter, limiter } = open();
    await Promise.all(Array.from({ length: 500 }, (_, n) => enter(`${n}`)));
    expect(limiter.answered).toBe(false);
    const { signal } = new AbortController();
    expect(limiter.enter({ size, signal, patienceMs: 1 })).not.toBeInstanceOf(Promise);
  });

  it("lets in no more at once than the account may have under way, in the order in which they came", async () => {
    const { enter, entered, names, clock } = open({ concurrency: 2 });
    for (const name of ["a", "b", "c", "d"]) void enter(name);
    await clock.runUntil(1000);
    expect(names()).toEqual(["a", "b"]);
    entered[0]!.permit.leave(came());
    await clock.runUntil(2000);
    expect(names()).toEqual(["a", "b", "c"]);
    entered[1]!.permit.leave();
    await clock.runUntil(3000);
    expect(names()).toEqual(["a", "b", "c", "d"]);
  });

  it("takes the lower of two limits that providers of one account name", async () => {
    const { enter, limiter, names, clock } = open({ concurrency: 3 });
    limiter.lower({ concurrency: 1 });
    limiter.lower({ concurrency: 5 });
    for (const name of ["a", "b"]) void enter(name);
    await clock.runUntil(1000);
    expect(names()).toEqual(["a"]);
  });

  it.each<[string, { readonly [name: string]: string }, number]>([
    ["Retry-After in seconds", { "retry-after": "5" }, 5000],
    ["Retry-After in milliseconds", { "retry-after-ms": "250" }, 250],
    [
      "a limit that is used up",
      { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "7s" },
      7000,
    ],
  ])("pauses all of an account for %s", async (_title, headers, ms) => {
    const { enter, entered, names, clock } = open();
    await enter("a");
    entered[0]!.permit.leave(came(429, headers));
    for (const name of ["b", "c"]) void enter(name);
    await clock.runUntil(ms - 1);
    expect(names()).toEqual(["a"]);
    await clock.runUntil(ms + 5000);
    entered[1]?.permit.leave(came());
    await clock.runUntil(ms + 6000);
    expect(names()).toEqual(["a", "b", "c"]);
    expect(entered[1]!.at).toBe(ms);
  });

  it("pauses after a good answer that was the last one of a limit", async () => {
    const { enter, entered, clock } = open();
    await enter("a");
    entered[0]!.permit.leave(
      came(200, { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "3s" }),
    );
    void enter("b");
    await clock.runUntil(10_000);
    expect(entered[1]!.at).toBe(3000);
  });

  it("waits for one of a day's requests to come back, and not for all of them", async () => {
    const { enter, entered, refused, clock } = open();
    const used = {
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-reset-requests": "24h",
      "x-ratelimit-limit-requests": "10000",
    };
    await enter("a");
    entered[0]!.permit.leave(came(200, used));
    void enter("b");
    await clock.runUntil(10_000);
    expect(entered[1]!.at).toBe(8640);
    entered[1]!.permit.leave(came(429, used));
    void enter("c");
    await clock.runUntil(20_000);
    expect(entered[2]!.at).toBe(10_000 + 8640);
    expect(refused).toEqual([]);
  });

  it("stops nobody by figures of the server, however far away its reset is", async () => {
    const { enter, entered, refused, clock } = open();
    await enter("a");
    entered[0]!.permit.leave(
      came(200, { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6h" }),
    );
    void enter("b", { patienceMs: 1000, deadlineAt: 100_000 });
    await clock.runUntil(90_000);
    expect(refused).toEqual([]);
    expect(entered[1]!.at).toBe(60_000);
  });

  it.each([500, 503, 529])("pauses all of an account for the Retry-After of a %d", async (status) => {
    const { enter, entered, clock } = open();
    await enter("a");
    entered[0]!.permit.leave(came(status, { "retry-after": "4" }));
    void enter("b");
    await clock.runUntil(10_000);
    expect(entered[1]!.at).toBe(4000);
  });

  it("has no more under way than the server has left", async () => {
    const { enter, entered, names, clock } = open();
    await enter("a");
    entered[0]!.permit.leave(
      came(200, { "x-ratelimit-remaining-requests": "2", "x-ratelimit-reset-requests": "1m" }),
    );
    for (const name of ["b", "c", "d"]) void enter(name);
    await clock.runUntil(1000);
    expect(names()).toEqual(["a", "b", "c"]);
    await clock.runUntil(60_001);
    expect(names()).toEqual(["a", "b", "c"]);
    entered[1]!.permit.leave(came());
    await clock.runUntil(60_002);
    expect(names()).toEqual(["a", "b", "c", "d"]);
  });

  it("lowers what is under way when a server refuses all of it", async () => {
    const { enter, entered, clock } = open();
    for (let n = 0; n < 8; n += 1) await enter(`${n}`);
    for (const { permit } of [...entered]) permit.leave(came(503));
    for (let n = 0; n < 8; n += 1) void enter(`again ${n}`);
    await clock.runUntil(1000);
    expect(entered).toHaveLength(8 + 4);
  });

  it("knows for a moment that a server is well, and by nothing but good answers", async () => {
    const { enter, entered, limiter, clock } = open();
    await enter("a");
    await enter("b");
    entered[0]!.permit.leave({ ...came(), good: false });
    expect([limiter.answered, limiter.isWell()]).toEqual([true, false]);
    entered[1]!.permit.leave(came());
    await clock.runUntil(4999);
    expect(limiter.isWell()).toBe(true);
    await clock.runUntil(5000);
    expect(limiter.isWell()).toBe(false);
  });

  it("refuses at once what the server would make wait longer than anybody would, and says for how long", async () => {
    const { enter, entered, refused } = open();
    await enter("a");
    await enter("waits");
    entered[0]!.permit.leave(came(429, { "retry-after": "86400" }));
    await enter("b");
    expect(refused).toEqual([
      {
        name: "b",
        error: expect.objectContaining({
          message: "not sent: http://server asks to wait 86400 s",
          scope: "stop",
        }),
      },
    ]);
  });

  it("refuses whoever waits when such a wish comes", async () => {
    const { enter, entered, refused, clock } = open({ concurrency: 2 });
    await enter("a");
    await enter("b");
    void enter("c");
    await clock.runUntil(10);
    entered[0]!.permit.leave(came(429, { "retry-after": "86400" }));
    await clock.runUntil(20);
    expect(refused.map(({ name }) => name)).toEqual(["c"]);
  });

  it("refuses what is still waiting when the step's time is over", async () => {
    const { enter, refused, clock } = open({ concurrency: 1 });
    await enter("a");
    void enter("b", { deadlineAt: 5000 });
    await clock.runUntil(4999);
    expect(refused).toEqual([]);
    await clock.runUntil(5000);
    expect(refused[0]?.error.message).toBe("not sent: the time that the step has is over");
  });

  it("ends a wait with the reason of an abort, and with a word where only nothing more is to be sent", async () => {
    const { enter, refused, entered, names, clock } = open({ concurrency: 1 });
    const [abort, stop] = [new AbortController(), new AbortController()];
    await enter("a");
    void enter("b", { signal: abort.signal });
    void enter("c", { stop: stop.signal });
    void enter("d");
    await clock.runUntil(10);
    abort.abort(new Error("interrupted"));
    stop.abort();
    await clock.runUntil(20);
    expect(refused.map(({ error }) => error.message)).toEqual(["interrupted", "not sent: the run is ending"]);
    entered[0]!.permit.leave(came());
    await clock.runUntil(30);
    expect(names()).toEqual(["a", "d"]);
  });

  it("never oversteps requests and tokens of any minute by the server's clock, and uses them", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.integer(),
          workers: fc.integer({ min: 1, max: 60 }),
          requests: fc.integer({ min: 30, max: 600 }),
          tokens: fc.integer({ min: 3000, max: 60_000 }),
          jitterMs: fc.integer({ min: 0, max: 1000 }),
          latencyMs: fc.integer({ min: 0, max: 3000 }),
        }),
        async (world) => {
          const { requests, tokens } = await serve(world);
          expect(requests).toBeLessThanOrEqual(world.requests);
          expect(tokens).toBeLessThanOrEqual(world.tokens);
        },
      ),
      { numRuns: 25 },
    );
    const loaded = { seed: 1, workers: 32, jitterMs: 100, latencyMs: 200 };
    const byRequests = await serve({ ...loaded, requests: 600, tokens: 1e6 });
    expect(byRequests.requests).toBeGreaterThanOrEqual(0.95 * 600);
    const byTokens = await serve({ ...loaded, requests: 6000, tokens: 20_000 });
    expect(byTokens.tokens).toBeGreaterThanOrEqual(0.9 * 20_000);
  });
});

interface Served {
  readonly seed: number;
  readonly workers: number;
  readonly requests: number;
  readonly tokens: number;
  readonly jitterMs: number;
  readonly latencyMs: number;
}

/** Workers that ask for four minutes; what the server counted in its busiest minute. */
async function serve({ seed, workers, requests, tokens, jitterMs, latencyMs }: Served) {
  const { clock, limiter } = open({ requests_per_minute: requests, tokens_per_minute: tokens });
  const random = openRandom(seed);
  const arrivals: { readonly at: number; readonly tokens: number }[] = [];
  const { signal } = new AbortController();
  const sleep = (ms: number) => new Promise<void>((resolve) => clock.wake(resolve, clock.now() + ms));
  const endAt = 240_000;

  const work = async () => {
    while (clock.now() < endAt) {
      const output = 1 + Math.floor(random() * 40);
      const bytes = 100 + Math.floor(random() * 300);
      const permit = await limiter.enter({
        size: { model: "m", bytes, attachments: 0, outputLimit: 40 },
        signal,
        patienceMs: 600_000,
      });
      await sleep(random() * jitterMs);
      const used = { input_tokens: Math.ceil(bytes / 4), output_tokens: output };
      arrivals.push({ at: clock.now(), tokens: used.input_tokens + used.output_tokens });
      await sleep(latencyMs * (0.5 + random()));
      permit.leave({ status: 200, header: () => null, good: true, usage: used });
    }
  };
  for (let n = 0; n < workers; n += 1) void work();
  await clock.runUntil(endAt);

  let [first, most, mostTokens, sum] = [0, 0, 0, 0];
  arrivals.forEach((arrival, index) => {
    sum += arrival.tokens;
    while (arrivals[first]!.at <= arrival.at - 60_000) sum -= arrivals[first++]!.tokens;
    most = Math.max(most, index - first + 1);
    mostTokens = Math.max(mostTokens, sum);
  });
  return { requests: most, tokens: mostTokens };
}

/** Mulberry32. */
function openRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
