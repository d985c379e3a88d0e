import { afterEach, describe, expect, it } from "vitest";
import {
  type RemoteCompletion,
  type RemoteCompletions,
  RequestFailure,
} from "../../../src/runner/provider.ts";
import { openConnection } from "../../../src/steps/providers/openai/connection.ts";
import { openApi } from "../../../src/steps/providers/openai/sdk.ts";
import { openStoredCompletions } from "../../../src/steps/providers/openai/stored-completions.ts";
import { type FakeOpenAI, type FakeOpenAIOptions, startFakeOpenAI } from "../../support/fake-openai/index.ts";

let server: FakeOpenAI | undefined;
const { signal } = new AbortController();

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function open(stored: NonNullable<FakeOpenAIOptions["stored"]>): Promise<RemoteCompletions> {
  server = await startFakeOpenAI({ stored });
  const connection = await openConnection({
    params: { base_url: server.url },
    file: (path) => path,
    secret: () => undefined,
    allowsOrigin: () => false,
    shared: (_name, make) => make(),
  });
  return connection.completions!;
}

/** A server whose pages are given, by path. */
function openPages(pages: { readonly [path: string]: unknown }, status = 200): RemoteCompletions {
  const fetch = async (url: unknown) => {
    const body = pages[new URL(String(url)).pathname];
    return Response.json(body ?? {}, { status: body === undefined ? 404 : status });
  };
  const transport = { fetch } as unknown as Parameters<typeof openApi>[0]["transport"];
  const origin = "https://llm.example";
  const api = openApi({ base_url: `${origin}/v1`, origin, keyName: undefined, apiKey: undefined, transport });
  return openStoredCompletions(api, origin);
}

async function all(
  completions: RemoteCompletions,
  filter: Parameters<RemoteCompletions["list"]>[0] = {},
): Promise<readonly RemoteCompletion[]> {
  const found: RemoteCompletion[] = [];
  for await (const one of completions.list(filter, signal)) found.push(one);
  return found;
}

const numbered = (count: number, request: object = {}) =>
  Array.from({ length: count }, (_, n) => ({
    id: `chatcmpl-${n}`,
    created: 1000 + n,
    request: {
      model: "gpt-4.1",
      messages: [{ role: "user", content: `ticket ${n}` }],
      store: true,
      metadata: { half: n < count / 2 ? "first" : "second" },
      ...request,
    },
    answer: { content: `answer ${n}` },
  })) as NonNullable<FakeOpenAIOptions["stored"]>;

describe("completions that an OpenAI server keeps", () => {
  it("come page by page, the oldest first, each with its messages", async () => {
    const found = await all(await open(numbered(230)));
    expect(found.map(({ id }) => id)).toEqual(Array.from({ length: 230 }, (_, n) => `chatcmpl-${n}`));
    expect(found[229]).toMatchObject({
      model: expect.stringMatching(/^gpt-4\.1-\d{4}/),
      created: 1229,
      metadata: { half: "second" },
      messages: [{ role: "user", content: "ticket 229" }],
      parameters: { temperature: 1, top_p: 1 },
      answer: {
        output_text: "answer 229",
        finish_reason: "stop",
        latency_ms: null,
        provider_id: "chatcmpl-229",
      },
    });
  });

  it("are filtered by the server where it can, and no page is read beyond the last second", async () => {
    const completions = await open(numbered(350));
    const found = await all(completions, { metadata: { half: "first" }, created: { from: 1010, to: 1020 } });
    expect(found.map(({ created }) => created)).toEqual(Array.from({ length: 11 }, (_, n) => 1010 + n));
    const lists = server!.ledger.filter(({ path }) => path.includes("/completions?"));
    expect(lists).toHaveLength(1);
    expect(server!.ledger.filter(({ path }) => path.includes("/messages?"))).toHaveLength(11);
  });

  it("keep the parts, calls and replies of their messages, and lose what the server added", async () => {
    const messages = [
      { role: "developer", content: "Route the ticket.", name: "desk" },
      {
        role: "user",
        content: [
          { type: "text", text: "What is on it?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
        ],
      },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "call_1", type: "function", function: { name: "look", arguments: "{}" } }],
      },
      { role: "tool", content: "a printer", tool_call_id: "call_1" },
      ...Array.from({ length: 120 }, (_, n) => ({ role: "user", content: `and ${n}` })),
    ];
    const [one] = await all(await open(numbered(1, { messages })));
    expect(one?.messages).toEqual(messages);
  });

  it("are read, tagged and deleted by their id", async () => {
    const completions = await open(numbered(2));
    await completions.tag("chatcmpl-0", { role: "pool" }, signal);
    expect(await completions.read("chatcmpl-0", signal)).toMatchObject({
      metadata: { role: "pool" },
      messages: [{ role: "user", content: "ticket 0" }],
    });
    await completions.delete("chatcmpl-0", signal);
    expect(await completions.read("chatcmpl-0", signal)).toBeUndefined();
    await completions.delete("chatcmpl-0", signal);
    expect((await all(completions)).map(({ id }) => id)).toEqual(["chatcmpl-1"]);
  });

  it.each([
    ["no such page", openPages({}), "https://llm.example keeps no completions"],
    [
      "no list",
      openPages({ "/v1/chat/completions": { object: "list" } }),
      "https://llm.example sent no list of stored completions",
    ],
    [
      "entries without ids",
      openPages({ "/v1/chat/completions": { data: [{}], has_more: false } }),
      "https://llm.example sent an entry of its list that has no id",
    ],
    [
      "the same page for ever",
      openPages({
        "/v1/chat/completions": { data: [{ id: "a", created: 5 }], has_more: true },
      }),
      "https://llm.example sends the same page of its list again and again",
    ],
  ])("fail where the server has %s", async (_what, completions, message) => {
    // No completion is so old: only the list itself is read.
    const failure = await all(completions, { created: { from: 10 } }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RequestFailure);
    expect((failure as Error).message).toBe(message);
  });

  it("fail where an answer or a message cannot be read, and say which", async () => {
    const entry = {
      id: "a",
      created: 5,
      model: "m",
      choices: [{ finish_reason: "stop", message: { content: "x" } }],
    };
    const list = (one: object) => ({ "/v1/chat/completions": { data: [one], has_more: false } });
    await expect(all(openPages(list({ ...entry, choices: [] })))).rejects.toThrow(
      "stored completion a of https://llm.example is",
    );
    const messages = {
      "/v1/chat/completions/a/messages": { data: [{ id: "a-0", role: "root" }], has_more: false },
    };
    await expect(all(openPages({ ...list(entry), ...messages }))).rejects.toThrow(
      "stored completion a has a message that is none",
    );
  });
});
