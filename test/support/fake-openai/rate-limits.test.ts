import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { FakeOpenAI } from "./index.ts";
import { good, json, post, start, user } from "./rig.ts";

describe("rate limits", () => {
  const texts = ["one", "two", "three", "four"];
  const ask = (server: FakeOpenAI, text: string) => post(server, { ...good, messages: [user(text)] });

  it("refuse the request too many until the oldest leaves the window, and tell how long that is", async () => {
    const server = await start({ rateLimits: { requestsPerMinute: 2, windowMs: 1000 } });
    const answers = await Promise.all(["one", "two", "three"].map((text) => ask(server, text)));
    const [first, , refused] = answers.toSorted((a, b) => a.status - b.status);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 429]);
    expect(first?.headers.get("x-ratelimit-limit-requests")).toBe("2");
    expect(first?.headers.get("x-ratelimit-remaining-requests")).toMatch(/^[01]$/);
    expect(first?.headers.get("x-ratelimit-reset-requests")).toMatch(/^(\d+ms|1s)$/);
    expect(first?.headers.has("x-ratelimit-limit-tokens")).toBe(false);
    expect(await refused?.json()).toMatchObject({ error: { code: "rate_limit_exceeded", type: "requests" } });
    expect(refused?.headers.get("retry-after")).toBe("1");
    await sleep(Number(refused?.headers.get("retry-after-ms")) + 1);
    expect((await ask(server, "three")).status).toBe(200);
    expect(server.busiestWindow(60_000).requests).toBe(4);
    expect(server.busiestWindow(1000).requests).toBe(3);
  });

  it("count the tokens of prompts and answers, and never let a prompt through that is larger than all", async () => {
    const server = await start({ rateLimits: { tokensPerMinute: 40 } });
    const used = (await json(ask(server, "one"))).usage.total_tokens;
    const second = await ask(server, "two");
    expect(second.headers.get("x-ratelimit-remaining-tokens")).toBe(`${40 - 2 * used}`);
    const statuses = await Promise.all(texts.map(async (text) => (await ask(server, text)).status));
    expect(statuses).toContain(429);
    const large = await ask(server, "word ".repeat(50));
    expect(large.status).toBe(429);
    expect(large.headers.has("retry-after")).toBe(false);
    expect(server.busiestWindow(60_000).tokens).toBeGreaterThan(40);
  });
});
