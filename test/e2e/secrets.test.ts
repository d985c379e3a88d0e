import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type CliResult, type CliRig, cliRig } from "../support/cli-rig.ts";
import { startFakeOpenAI } from "../support/fake-openai/index.ts";

/** With characters that URLs, JSON and base64 spell in other ways. */
const canary = `sk-canary/+="\\7f3a9c2e5b18d4`;

const closing: (() => unknown)[] = [];
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

/** A project with two steps that ask a server. */
function project(url: string): CliRig {
  return cliRig({
    ".git/HEAD": "",
    "pool.jsonl": ["vpn drops", "no toner", "lost phone"]
      .map((text, at) => `${JSON.stringify({ id: `t${at}`, text })}\n`)
      .join(""),
    "distill.yaml": `version: 1
name: canary
datasets: { pool: { path: pool.jsonl } }
prompts: { ask: { messages: [{ role: user, content: "{{ item.text }}" }] } }
providers: { server: { type: openai, base_url: "${url}", api_key_env: OPENAI_API_KEY, organization: acme } }
models: { large: { provider: server, model: gpt-4.1 } }
graders: { said: { type: regex, input: "{{ sample.output_text }}", pattern: "answer" } }
steps:
  capture:
    uses: generate
    rows: pool
    prompt: ask
    model: large
    metadata: { task: "{{ item.text }}" }
    execution: { retries: 1, timeout: 10 }
  exam:
    { uses: evaluate, rows: pool, prompt: ask, models: [large], graders: [said], execution: { retries: 1 } }
`,
  });
}

/** Runs a command with the key in its environment, and looks for it in all that came of it. */
async function look(rig: CliRig, args: readonly string[]): Promise<CliResult> {
  const result = await rig.distill(args, { env: { OPENAI_API_KEY: canary } });
  const places = new Map([
    ["stdout", Buffer.from(result.stdout)],
    ["stderr", Buffer.from(result.stderr)],
    ...filesOf(rig.folder),
  ]);
  const hits = [...places].flatMap(([place, content]) =>
    findKey(content).map((spelling) => `${args.join(" ")}: ${spelling} in ${place}`),
  );
  expect(hits).toEqual([]);
  return result;
}

function filesOf(folder: string): readonly (readonly [string, Buffer])[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path, readFileSync(path)] as const);
}

/** In which spellings a content holds the key. */
function findKey(content: Buffer): readonly string[] {
  const text = content.toString("latin1");
  const inJson = JSON.stringify(canary).slice(1, -1);
  const spellings: readonly (readonly [string, string])[] = [
    ["the key", canary],
    ["the key in a URL", encodeURIComponent(canary)],
    ["the key in JSON", inJson],
    ["the key in JSON in JSON", JSON.stringify(inJson).slice(1, -1)],
    ["a part of the key", "7f3a9c2e5b18d4"],
    ["the key in base64", Buffer.from(canary).toString("base64").slice(0, -4)],
    ["the header in base64", Buffer.from(`Bearer ${canary}`).toString("base64").slice(0, -4)],
    ["the key in base64 of URLs", Buffer.from(canary).toString("base64url").slice(0, -4)],
    ["the key in hexadecimal digits", Buffer.from(canary).toString("hex")],
  ];
  return spellings.filter(([, spelling]) => text.includes(spelling)).map(([name]) => name);
}

const asking = ["plan", "status", "explain capture", "report", "verify", "completions list"];

describe("a key is in no file and no message", () => {
  it("of runs that go well, are recorded, replayed and asked about", async () => {
    const server = await startFakeOpenAI({ apiKey: canary });
    closing.push(server.close);
    const rig = project(server.url);
    const allow = ["--yes", "--allow-origin", server.url];
    expect(await look(rig, ["plan", "--json"])).toMatchObject({ code: 0 });
    expect(await look(rig, ["run", ...allow, "--record", "run.jsonl"])).toMatchObject({ code: 0 });
    expect(await look(rig, ["run", ...allow, "--json"])).toMatchObject({ code: 0 });
    expect(await look(rig, ["run", "--replay", "run.jsonl"])).toMatchObject({ code: 0 });
    for (const command of asking) expect(await look(rig, command.split(" "))).toMatchObject({ code: 0 });
    expect(await look(rig, ["doctor", "--allow-origin", server.url])).toMatchObject({ code: 0 });
    // It did arrive where it belongs: else nothing was tested.
    expect(server.ledger.some(({ headers }) => headers.authorization === `Bearer ${canary}`)).toBe(true);
  });

  it("of runs that a server refuses, repeating the key", async () => {
    const server = await startFakeOpenAI({ apiKey: "another" });
    closing.push(server.close);
    const rig = project(server.url);
    const allow = ["--yes", "--allow-origin", server.url];
    expect(await look(rig, ["run", ...allow, "--record", "run.jsonl"])).toMatchObject({ code: 1 });
    expect(await look(rig, ["run", ...allow, "--json"])).toMatchObject({ code: 1 });
    expect(await look(rig, ["doctor", "--allow-origin", server.url])).toMatchObject({ code: 1 });
    expect(await look(rig, ["run", "--replay", "run.jsonl"])).toMatchObject({ code: 1 });
    expect(server.ledger.length).toBeGreaterThan(1);
  });

  it.each([400, 403, 404, 429, 500, 503])(
    "of runs that fail with %i and a server that spells the key in every way it can",
    async (status) => {
      const server = createServer((request, response) => {
        const header = String(request.headers.authorization);
        const sent = header.replace("Bearer ", "");
        const spellings = [
          header,
          encodeURIComponent(sent),
          Buffer.from(sent).toString("base64"),
          Buffer.from(header).toString("base64url"),
          Buffer.from(sent).toString("hex"),
          JSON.stringify(sent),
        ].join(" ");
        response.writeHead(status, {
          "content-type": "application/json",
          "x-request-id": sent,
          "set-cookie": `key=${encodeURIComponent(sent)}`,
        });
        response.end(JSON.stringify({ error: { message: spellings, type: sent, code: spellings } }));
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      closing.push(
        () => server.closeAllConnections(),
        () => server.close(),
      );
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
      const rig = project(url);
      const { code } = await look(rig, ["run", "--yes", "--allow-origin", url, "--record", "run.jsonl"]);
      expect(code).toBe(1);
      expect(await look(rig, ["run", "--replay", "run.jsonl", "--json"])).toMatchObject({ code: 1 });
    },
  );
});
