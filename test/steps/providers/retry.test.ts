import { describe, expect, it } from "vitest";
import { type Attempt, type RetryPolicy, tryRepeatedly } from "../../../src/steps/providers/retry.ts";
import { openFakeClock } from "./fake-clock.ts";

const failed = (more: object = {}): Attempt<string> => ({
  outcome: "failed",
  message: "m",
  scope: "request",
  again: true,
  ...more,
});

const answered: Attempt<string> = { outcome: "answered", value: "v" };

/** Plays the attempts against a clock, to their end; the last one is repeated. */
async function play(
  attempts: readonly Attempt<string>[],
  policy: Partial<RetryPolicy> = {},
  clock = openFakeClock(),
) {
  const begun: number[] = [];
  const result = tryRepeatedly(
    async () => {
      begun.push(clock.now());
      return attempts[Math.min(begun.length, attempts.length) - 1]!;
    },
    { retries: 2, signal: new AbortController().signal, random: () => 1, clock, ...policy },
  ).then(
    (value) => ({ value }),
    (error: Error) => ({ error }),
  );
  await clock.runUntil(10_000_000);
  return { ...(await result), begun };
}

describe("tryRepeatedly", () => {
  it("answers with the first good attempt", async () => {
    expect(await play([failed(), answered])).toEqual({ value: "v", begun: [0, 100] });
  });

  it("gives up after the retries, and says how many attempts there were", async () => {
    const { error, begun } = (await play([failed()])) as { error: Error; begun: number[] };
    expect(error).toMatchObject({ name: "RequestFailure", message: "m (3 attempts)", scope: "request" });
    expect(begun).toHaveLength(3);
  });

  it("does not repeat what cannot succeed, and passes scope, hint and cause on", async () => {
    const cause = new Error("c");
    const played = await play([failed({ again: false, scope: "stop", hint: "h", cause })]);
    expect(played).toMatchObject({ error: { message: "m", scope: "stop", hint: "h", cause }, begun: [0] });
  });

  it("waits three times as long each time, up to the longest wait", async () => {
    const { begun } = await play([failed()], { retries: 7 });
    const waits = begun.slice(1).map((at, index) => at - begun[index]!);
    expect(waits).toEqual([100, 300, 900, 2700, 8100, 24_300, 30_000]);
    const { begun: sooner } = await play([failed()], { retries: 5, maxMs: () => 500 });
    expect(sooner).toEqual([0, 100, 400, 900, 1400, 1900]);
  });

  it("draws its waits down to nothing", async () => {
    expect((await play([failed()], { random: () => 0 })).begun).toEqual([0, 0, 0]);
  });

  it("waits no less than the server asked for", async () => {
    const { begun } = await play([failed({ retryAfterMs: 80_000 }), answered], { random: () => 0 });
    expect(begun).toEqual([0, 80_000]);
  });

  it("uses up no attempt while a server only says when to come again", async () => {
    const busy = failed({ retryAfterMs: 1000, uncounted: true });
    const attempts = [busy, busy, busy, busy, failed(), failed(), answered];
    expect(await play(attempts, { random: () => 0 })).toMatchObject({ value: "v" });
    const played = await play([...attempts.slice(0, -1), failed()], { random: () => 0 });
    expect(played).toMatchObject({ error: { message: "m (7 attempts)" } });
  });

  it("does not ask for ever where a server only ever says when to come again", async () => {
    const played = await play([failed({ retryAfterMs: 60_000, uncounted: true })], { random: () => 0 });
    expect(played).toMatchObject({
      error: { message: "m (11 attempts; the server asks to wait 60 s)" },
      begun: [0, 60_000, 120_000, 180_000, 240_000, 300_000, 360_000, 420_000, 480_000, 540_000, 600_000],
    });
  });

  it("fails at once where the server asks for a longer wait than there is patience", async () => {
    const busy = [failed({ retryAfterMs: 3_600_000, uncounted: true }), answered];
    const message = "m (the server asks to wait 3600 s)";
    expect(await play(busy)).toMatchObject({ error: { message }, begun: [0] });
    expect(await play(busy, { patienceMs: 4_000_000 })).toMatchObject({ value: "v" });
  });

  it("begins no attempt after a deadline", async () => {
    const played = await play([failed()], { retries: 7, deadlineAt: 1000 });
    expect(played).toMatchObject({
      error: { message: "m (3 attempts; no time is left for another)" },
      begun: [0, 100, 400],
    });
  });

  it("does not wait where waiting helps nothing", async () => {
    const { begun } = await play([failed({ retryAfterMs: 5000 }), failed(), answered], { waits: false });
    expect(begun).toEqual([0, 0, 0]);
  });

  it("ends a wait when it is aborted, with the reason of the abort", async () => {
    const clock = openFakeClock();
    const controller = new AbortController();
    clock.wake(() => controller.abort(new Error("enough")), 20);
    const waiting = [failed({ retryAfterMs: 60_000 }), answered];
    const played = await play(waiting, { signal: controller.signal }, clock);
    expect(played).toMatchObject({ error: { message: "enough" }, begun: [0] });
  });

  it("does not wait where it was aborted during an attempt", async () => {
    const controller = new AbortController();
    const attempt = async () => {
      controller.abort(new Error("enough"));
      return failed({ retryAfterMs: 60_000 });
    };
    await expect(tryRepeatedly(attempt, { retries: 5, signal: controller.signal })).rejects.toThrow("enough");
  });

  it("makes no further attempt once it is stopped, and tells what came of the last", async () => {
    const controller = new AbortController();
    const attempts = async () => {
      controller.abort();
      return failed();
    };
    const { signal } = new AbortController();
    await expect(
      tryRepeatedly(attempts, { retries: 5, signal, stop: controller.signal }),
    ).rejects.toMatchObject({ message: "m", scope: "request" });
  });
});
