import { describe, expect, it } from "vitest";
import type { WireRequest, WireResponse } from "../../../../src/runner/exchanges.ts";
import { RequestFailure } from "../../../../src/runner/provider.ts";
import { openai } from "../../../../src/steps/providers/openai.ts";

const good: WireResponse = {
  status: 200,
  headers: {},
  body: JSON.stringify({ choices: [{ message: { content: "A" }, finish_reason: "stop" }] }),
};

/** A connection whose exchanges were recorded; nothing is allowed and no key is there. */
async function open(responses: readonly WireResponse[]) {
  const asked: WireRequest[] = [];
  const connection = await openai.open({
    params: { api_key_env: "OPENAI_API_KEY", base_url: "https://llm.example/api/v1/" },
    file: (path) => path,
    secret: () => undefined,
    allowsOrigin: () => false,
    shared: (_name, make) => make(),
    exchanges: {
      mode: "replay",
      find(request) {
        asked.push(request);
        const response = responses[asked.length - 1];
        if (response === undefined) throw new RequestFailure("not recorded", { scope: "stop" });
        return response;
      },
    },
  });
  const ask = () =>
    connection.answer(
      {
        model: "m",
        messages: [{ role: "user", content: "Hello" }],
        parameters: {},
        draw: { occurrence: 0, sample: 0 },
      },
      { concurrency: 1, timeoutMs: 1000, retries: 7 },
      new AbortController().signal,
    );
  return { ask, asked, connection };
}

describe("a replayed connection", () => {
  it("needs neither key nor permission", async () => {
    const { ask, asked } = await open([good]);
    expect(await ask()).toMatchObject({ output_text: "A" });
    expect(asked).toEqual([
      {
        method: "POST",
        origin: "https://llm.example",
        path: "/api/v1/chat/completions",
        body: '{"model":"m","messages":[{"role":"user","content":"Hello"}]}',
        draw: { occurrence: 0, sample: 0 },
      },
    ]);
  });

  it("goes through recorded faults without the waits that they once took", async () => {
    const busy = { status: 429, headers: { "retry-after": "300" }, body: "{}" };
    const { ask, asked } = await open([busy, { ...busy, status: 503 }, good]);
    expect(await ask()).toMatchObject({ output_text: "A" });
    expect(asked).toHaveLength(3);
  });

  it("fails at once, and for all, where a request was not recorded", async () => {
    const { ask, asked, connection } = await open([]);
    await expect(ask()).rejects.toMatchObject({ message: "not recorded", scope: "stop" });
    expect(asked).toHaveLength(1);
    await connection.close();
  });
});
