import { toFile } from "openai";
import { describe, expect, it } from "vitest";
import { clientOf, start } from "./rig.ts";

describe("files", () => {
  it("are kept, listed by purpose with the newest first, read and deleted", async () => {
    const { files } = clientOf(await start());
    const upload = (name: string, purpose: "batch" | "fine-tune") =>
      toFile(Buffer.from(`{"text":"ü"}\n`), name).then((file) =>
        files.create({ file, purpose, expires_after: { anchor: "created_at", seconds: 3600 } }),
      );
    const first = await upload("a.jsonl", "batch");
    await upload("b.jsonl", "fine-tune");
    const third = await upload("c.jsonl", "batch");
    expect(first).toMatchObject({ bytes: 14, filename: "a.jsonl", purpose: "batch", object: "file" });
    expect(first.expires_at).toBe(first.created_at + 3600);
    const ids = [];
    for await (const { id } of files.list({ purpose: "batch", limit: 1 })) ids.push(id);
    expect(ids).toEqual([third.id, first.id]);
    expect(await (await files.content(first.id)).text()).toBe(`{"text":"ü"}\n`);
    expect(await files.delete(first.id)).toMatchObject({ deleted: true });
    await expect(files.retrieve(first.id)).rejects.toMatchObject({ status: 404 });
  });

  const jsonl = new File(["{}"], "a.jsonl");
  it.each<[string, readonly (readonly [string, string | File])[], number, string | null]>([
    ["no file", [["purpose", "batch"]], 400, "file"],
    ["no purpose", [["file", jsonl]], 400, "purpose"],
    [
      "an unknown purpose",
      [
        ["file", jsonl],
        ["purpose", "batches"],
      ],
      400,
      "purpose",
    ],
    [
      "an unknown part",
      [
        ["file", jsonl],
        ["purpose", "batch"],
        ["name", "x"],
      ],
      400,
      "name",
    ],
    [
      "a part twice",
      [
        ["file", jsonl],
        ["purpose", "batch"],
        ["purpose", "batch"],
      ],
      400,
      "purpose",
    ],
    [
      "a text as file",
      [
        ["file", "{}"],
        ["purpose", "batch"],
      ],
      400,
      "file",
    ],
    [
      "another ending",
      [
        ["file", new File(["{}"], "a.json")],
        ["purpose", "batch"],
      ],
      400,
      "file",
    ],
    [
      "half an expiry",
      [
        ["file", jsonl],
        ["purpose", "batch"],
        ["expires_after[seconds]", "3600"],
      ],
      400,
      "expires_after",
    ],
    [
      "an expiry of a minute",
      [
        ["file", jsonl],
        ["purpose", "batch"],
        ["expires_after[anchor]", "created_at"],
        ["expires_after[seconds]", "60"],
      ],
      400,
      "expires_after.seconds",
    ],
    [
      "a training file of prose",
      [
        ["file", new File(["x"], "a.jsonl")],
        ["purpose", "fine-tune"],
      ],
      400,
      "file",
    ],
    [
      "more bytes than a batch may have",
      [
        ["file", new File(["x".repeat(11)], "a.jsonl")],
        ["purpose", "batch"],
      ],
      413,
      null,
    ],
  ])("are refused with %s", async (_title, parts, status, param) => {
    const server = await start({ batch: { maxBytes: 10 } });
    const body = new FormData();
    for (const [name, value] of parts) body.append(name, value);
    const response = await fetch(`${server.url}/files`, { method: "POST", body });
    expect([response.status, await response.json()]).toMatchObject([status, { error: { param } }]);
  });
});
