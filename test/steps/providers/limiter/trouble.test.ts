import { expect, it } from "vitest";
import { openLimiter } from "../../../../src/steps/providers/limiter/limiter.ts";
import { type Note, troubleOf } from "../../../../src/steps/providers/limiter/trouble.ts";
import { openFakeClock } from "../fake-clock.ts";

function listen() {
  const told: string[] = [];
  const note: Note = (text) => void told.push(text);
  return { told, note };
}

it("tells once of ten failures without an answer", () => {
  const { told, note } = listen();
  for (let n = 0; n < 9; n += 1) troubleOf(note).failed("answered 500");
  expect(told).toEqual([]);
  for (let n = 0; n < 9; n += 1) troubleOf(note).failed("answered 500");
  expect(told).toEqual(["every request so far failed: answered 500; trying again"]);
});

it("tells nothing of failures beside answers", () => {
  const { told, note } = listen();
  troubleOf(note).answered();
  for (let n = 0; n < 30; n += 1) troubleOf(note).failed("answered 500");
  expect(told).toEqual([]);
});

it("tells each step once of a long wait, and never of a short one", () => {
  const [one, other] = [listen(), listen()];
  troubleOf(one.note).waits(5000, "http://server");
  for (const { note } of [one, one, other]) troubleOf(note).waits(39_500, "http://server");
  expect([one.told, other.told]).toEqual([
    ["waits 40 s: http://server asks for it"],
    ["waits 40 s: http://server asks for it"],
  ]);
});

it("a limiter tells of a pause to whoever waits, and of a request that passes a minute's tokens", async () => {
  const { told, note } = listen();
  const clock = openFakeClock();
  const limiter = openLimiter("http://server", clock);
  limiter.lower({ tokens_per_minute: 1000 });
  const entry = {
    size: { model: "m", bytes: 100, attachments: 0, outputLimit: 10 },
    signal: new AbortController().signal,
    patienceMs: 600_000,
    note,
  };
  const came = { header: () => null, good: true, usage: { input_tokens: 1200, output_tokens: 300 } };
  (await limiter.enter(entry)).leave({ ...came, status: 200 });
  expect(told).toEqual([
    "one request alone took 1,500 tokens, and limits.tokens_per_minute is 1,000: each waits for the minute of the one before it",
  ]);
  const busy = openLimiter("http://server", clock);
  const header = (name: string) => (name === "retry-after" ? "40" : null);
  (await busy.enter(entry)).leave({ status: 429, header, good: false, usage: null });
  const next = busy.enter(entry);
  expect(told[1]).toBe("waits 40 s: http://server asks for it");
  await clock.runUntil(41_000);
  (await next).leave();
});
