import { describe, expect, it, onTestFinished } from "vitest";
import { type CliRig, cliRig } from "../support/cli-rig.ts";
import { type FakeOpenAI, startFakeOpenAI } from "../support/fake-openai/index.ts";

const items = Array.from({ length: 3 }, (_, i) => ({ id: `${i}`, text: `ticket ${i}` }));

/** A project whose three answers a server keeps as well, by the key that it wants. */
async function storedProject(): Promise<CliRig & { readonly server: FakeOpenAI }> {
  const server = await startFakeOpenAI({ apiKey: "sk-test" });
  onTestFinished(() => server.close());
  const rig = cliRig({
    ".git/HEAD": "ref: refs/heads/main\n",
    "items.jsonl": items.map((item) => `${JSON.stringify(item)}\n`).join(""),
    "distill.yaml": `version: 1
name: stored
datasets: { items: { path: items.jsonl, id: id } }
prompts: { plain: { messages: [{ role: user, content: "{{ item.text }}" }] } }
providers: { fake: { type: openai, base_url: "${server.url}", api_key_env: DESK_KEY } }
models: { teacher: { provider: fake, model: gpt-4o, price: { input: 0, output: 0 }, request: { store: true } } }
steps:
  capture: { uses: generate, rows: items, prompt: plain, model: teacher, metadata: { item: "{{ item.text }}" }, execution: { concurrency: 1 } }
`,
  });
  const env = { DISTILL_ALLOW: server.url, DESK_KEY: "sk-test" };
  const distill: CliRig["distill"] = (args, more = {}) =>
    rig.distill(args, { ...more, env: { ...env, ...more.env } });
  expect(await distill(["run", "--yes"])).toMatchObject({ code: 0 });
  return { ...rig, distill, server };
}

/** Metadata of all completions that the server keeps. */
async function keptThere({ server }: { readonly server: FakeOpenAI }): Promise<readonly unknown[]> {
  const headers = { authorization: "Bearer sk-test" };
  const listed = await fetch(`${server.url}/chat/completions?limit=100`, { headers });
  const { data } = (await listed.json()) as { readonly data: readonly { readonly metadata: unknown }[] };
  return data.map(({ metadata }) => metadata);
}

async function idsHere(rig: CliRig): Promise<readonly string[]> {
  const { stdout } = await rig.distill(["completions", "list", "--json"]);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line).id);
}

describe("distill completions tag --at-provider", () => {
  it("sets metadata beside what the provider has of it, and asks nobody without the flag", async () => {
    const rig = await storedProject();
    const [first = ""] = await idsHere(rig);
    const before = rig.server.ledger.length;
    expect(await rig.distill(["completions", "tag", first, "--set", "quality=good"])).toMatchObject({
      code: 0,
      stdout: "tagged 1 completion\n",
    });
    expect(rig.server.ledger.length).toBe(before);
    expect(await rig.distill(["completions", "tag", first, "--set", "quality=bad", "--at-provider"])).toEqual(
      {
        code: 0,
        stdout: "tagged at their provider: 1 completion\ntagged 1 completion\n",
        stderr: "",
      },
    );
    expect(await keptThere(rig)).toEqual([
      { item: "ticket 0", quality: "bad" },
      { item: "ticket 1" },
      { item: "ticket 2" },
    ]);
    const unset = ["completions", "tag", first, "--unset", "quality", "--at-provider"];
    expect(await rig.distill(unset)).toMatchObject({ code: 0 });
    expect((await keptThere(rig))[0]).toEqual({ item: "ticket 0" });
    expect(await rig.distill(["completions", "tag", first, "--unset", "quality"])).toEqual({
      code: 0,
      stdout: "nothing changed: what is to be set is set, and what is to be unset is not there\n",
      stderr: "",
    });
  });
});

describe("distill completions delete --at-provider", () => {
  it("deletes them there first, then here", async () => {
    const rig = await storedProject();
    const [first = "", second = ""] = await idsHere(rig);
    const dry = ["completions", "delete", first, second, "--at-provider"];
    const before = rig.server.ledger.length;
    expect(await rig.distill([...dry, "--dry-run"])).toMatchObject({
      stdout: "would delete 2 completions\n",
    });
    expect(rig.server.ledger.length).toBe(before);
    const deleted = await rig.distill([...dry, "--yes"]);
    expect(deleted).toMatchObject({ code: 0, stderr: "" });
    expect(deleted.stdout).toContain("gone at their provider: 2 completions\ndeleted 2 completions\n");
    expect(await keptThere(rig)).toEqual([{ item: "ticket 2" }]);
    expect(await idsHere(rig)).toHaveLength(1);
  });

  it("keeps here what could not be deleted there, and deletes both when it can", async () => {
    const rig = await storedProject();
    const all = ["completions", "delete", "--model", "gpt-4o", "--at-provider", "--yes"];
    const refused = await rig.distill(all, { env: { DESK_KEY: "sk-wrong" } });
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain("gone at their provider: 0 completions\ndeleted 0 completions\n");
    expect(refused.stderr).toMatch(/^Not done at their provider:\n {2}3 completions: /);
    expect(refused.stderr).not.toContain("sk-wrong");
    expect(await idsHere(rig)).toHaveLength(3);
    expect(await rig.distill(all)).toMatchObject({ code: 0 });
    expect(await keptThere(rig)).toEqual([]);
    expect(await idsHere(rig)).toEqual([]);
  });

  it("sends nothing to an origin that is not allowed, nor to a provider that the answer is not of", async () => {
    const rig = await storedProject();
    const all = ["completions", "delete", "--model", "gpt-4o", "--at-provider", "--yes"];
    const before = rig.server.ledger.length;
    const unallowed = await rig.distill(all, { env: { DISTILL_ALLOW: "" } });
    expect(unallowed.code).toBe(1);
    rig.write("other.yaml", rig.read("distill.yaml").replace(rig.server.url, "http://127.0.0.1:9/v1"));
    const foreign = await rig.distill([...all, "--spec", "other.yaml"]);
    expect(foreign.code).toBe(1);
    expect(foreign.stderr).toContain(
      "3 completions: the spec has no provider like that of its answer (openai",
    );
    expect(rig.server.ledger.length).toBe(before);
    expect(await idsHere(rig)).toHaveLength(3);
  });

  it("refuses --spec without it", async () => {
    const rig = await storedProject();
    const [first = ""] = await idsHere(rig);
    expect(
      await rig.distill(["completions", "delete", first, "--spec", "distill.yaml", "--yes"]),
    ).toMatchObject({
      code: 2,
      stderr: "--spec names the providers of --at-provider\ngive both, or none\n",
    });
  });
});
