import { describe, expect, it } from "vitest";
import { type Attempt, readRetryAfterMs, tryRepeatedly } from "../../../src/steps/providers/retry.ts";

const failed = (more: object = {}): Attempt<string> => ({
  outcome: "failed",
  message: "m",
  scope: "request",
  again: true,
  ...more,
});

const answered: Attempt<string> = { outcome: "answered", value: "v" };

/** Plays the attempts, and tells when each began. */
function play(attempts: readonly Attempt<string>[], policy: object = {}) {
  const begun: number[] = [];
  const start = performance.now();
  const result = tryRepeatedly(
    async () => {
      begun.push(performance.now() - start);
      return attempts[begun.length - 1] ?? failed();
    },
    { retries: 2, signal: new AbortController().signal, baseMs: 20, random: () => 1, ...policy },
  );
  return { result, begun };
}

describe("tryRepeatedly", () => {
  it("answers with the first good attempt", async () => {
    const { result, begun } = play([failed(), answered, answered]);
    expect(await result).toBe("v");
    expect(begun).toHaveLength(2);
  });

  it("gives up after the retries, and says how many attempts there were", async () => {
    const { result, begun } = play([]);
    await expect(result).rejects.toMatchObject({
      name: "RequestFailure",
      message: "m (3 attempts)",
      scope: "request",
    });
    expect(begun).toHaveLength(3);
  });

  it("does not repeat what cannot succeed, and passes scope and hint on", async () => {
    const { result, begun } = play([failed({ again: false, scope: "stop", hint: "h" })]);
    await expect(result).rejects.toMatchObject({ message: "m", scope: "stop", hint: "h" });
    expect(begun).toHaveLength(1);
  });

  it("waits twice as long each time, up to the longest wait", async () => {
    const { result, begun } = play([], { retries: 3, maxMs: 40 });
    await expect(result).rejects.toThrow();
    const waits = begun.slice(1).map((at, index) => at - (begun[index] ?? 0));
    for (const [index, wait] of [20, 40, 40].entries()) {
      expect(waits[index]).toBeGreaterThan(wait - 2);
      expect(waits[index]).toBeLessThan(wait + 60);
    }
  });

  it("draws its waits down to nothing", async () => {
    const { result, begun } = play([], { baseMs: 10_000, random: () => 0 });
    await expect(result).rejects.toThrow();
    expect(begun.at(-1)).toBeLessThan(1000);
  });

  it("waits no less than the server asked for", async () => {
    const { result, begun } = play([failed({ retryAfterMs: 80 }), answered], { random: () => 0 });
    await result;
    expect(begun[1]).toBeGreaterThan(78);
  });

  it("fails at once where the server asks for a longer wait than anybody would sit through", async () => {
    const { result } = play([failed({ retryAfterMs: 3_600_000 })]);
    await expect(result).rejects.toThrow("m (the server asks to wait 3600 s)");
  });

  it("ends a wait when it is aborted, with the reason of the abort", async () => {
    const controller = new AbortController();
    const { result, begun } = play([failed({ retryAfterMs: 60_000 })], { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 20);
    await expect(result).rejects.toThrow("enough");
    expect(begun).toHaveLength(1);
  });
});

describe("readRetryAfterMs", () => {
  const read = (headers: { [name: string]: string }) => readRetryAfterMs(new Headers(headers));

  it("reads milliseconds, seconds and dates, milliseconds first", () => {
    expect(read({ "retry-after-ms": "250", "retry-after": "9" })).toBe(250);
    expect(read({ "retry-after": "1.5" })).toBe(1500);
    const inTwoSeconds = new Date(Date.now() + 2000).toUTCString();
    expect(read({ "retry-after": inTwoSeconds })).toBeGreaterThan(500);
    expect(read({ "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" })).toBe(0);
  });

  it("takes what is neither for no wish", () => {
    expect(read({})).toBeUndefined();
    expect(read({ "retry-after": "soon" })).toBeUndefined();
    expect(read({ "retry-after": "-5", "retry-after-ms": "NaN" })).toBeUndefined();
  });
});
