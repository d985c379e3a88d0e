import { describe, expect, it } from "vitest";
import { call, clientOf, good, json, post, start, tool } from "./rig.ts";

describe("stored completions", () => {
  const asked = { ...good, store: true };
  const preloaded = [
    {
      id: "chatcmpl-late",
      created: 1_800_000_000,
      request: { ...asked, metadata: { task: "a" }, tools: [tool], temperature: 0.5 },
      answer: { content: null, tool_calls: [call] },
    },
    { created: 1_600_000_000, request: asked, answer: { content: "old" } },
  ];

  it("are there from the start, and are listed by the time of their making with what their requests carried", async () => {
    const server = await start({ stored: preloaded });
    const made = await json(post(server, { ...good, store: true }));
    const { completions } = clientOf(server).chat;
    const ids = [];
    for await (const one of completions.list({ limit: 1 })) ids.push(one.id);
    expect(ids).toEqual(["chatcmpl-preloaded-1", made.id, "chatcmpl-late"]);
    expect((await completions.list({ metadata: { task: "a" } })).data).toMatchObject([
      {
        id: "chatcmpl-late",
        model: "gpt-4o-2024-08-06",
        tools: [tool],
        temperature: 0.5,
        response_format: null,
        choices: [{ finish_reason: "tool_calls", message: { tool_calls: [call] } }],
      },
    ]);
  });

  it("get other metadata, and are deleted with their messages", async () => {
    const server = await start({ stored: preloaded });
    const { completions } = clientOf(server).chat;
    await completions.update("chatcmpl-late", { metadata: { task: "b" } });
    expect((await completions.retrieve("chatcmpl-late")).metadata).toEqual({ task: "b" });
    expect((await completions.list({ metadata: { task: "a" } })).data).toEqual([]);
    expect(await completions.delete("chatcmpl-late")).toMatchObject({ deleted: true });
    await expect(completions.messages.list("chatcmpl-late")).rejects.toMatchObject({ status: 404 });
    expect((await completions.list()).data).toHaveLength(1);
  });

  it.each<[string, unknown, string]>([
    ["no metadata", {}, "metadata"],
    ["another field", { metadata: {}, model: "gpt-4o" }, "model"],
    [
      "17 pairs",
      { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [at, ""])) },
      "metadata",
    ],
    ["a key of 65", { metadata: { ["k".repeat(65)]: "" } }, "metadata"],
    ["a value of 513", { metadata: { k: "v".repeat(513) } }, "metadata.k"],
  ])("are not changed by an update with %s", async (_title, body, param) => {
    const server = await start({ stored: preloaded });
    const response = await post(server, body, { path: "/chat/completions/chatcmpl-late" });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param } }]);
  });

  it("refuse to start a page after one that is not there", async () => {
    const { completions } = clientOf(await start({ stored: preloaded })).chat;
    await expect(completions.list({ after: "chatcmpl-gone" })).rejects.toMatchObject({ status: 404 });
  });

  it("cannot be loaded where nobody could have asked for them", async () => {
    const request = { ...asked, messages: [] };
    await expect(start({ stored: [{ created: 1, request, answer: { content: "" } }] })).rejects.toThrow(
      "preloaded completion 0",
    );
  });
});
