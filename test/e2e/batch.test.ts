import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { openStore } from "../../src/runner/store/open-store.ts";
import { createRandom } from "../../src/stats/random.ts";
import { type FakeOpenAI, type FakeOpenAIOptions, startFakeOpenAI } from "../support/fake-openai/index.ts";

const bin = new URL("../../bin/distill.js", import.meta.url).pathname;
const items = 30;
const examItems = 5;
const answers = items + 2 * examItems;
/** Of one step with one model, and of one with two: all are handed in at once. */
const batches = 3;

let server: FakeOpenAI;
const folders: string[] = [];

async function start(options: FakeOpenAIOptions): Promise<void> {
  server = await startFakeOpenAI(options);
}

afterEach(async () => {
  await server.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const callsTo = (method: string, path: string) =>
  server.ledger.filter((call) => call.method === method && call.path.split("?")[0] === `/v1${path}`).length;

describe("a run that buys in batches", () => {
  it("killed 20 times at any moment buys nothing twice, and ends as an undisturbed one", async () => {
    await start({ latencyMs: 40, batch: { pollsUntilDone: 1, failRate: 0.05, seed: 3 } });
    const undisturbed = newProject("undisturbed");
    const began = performance.now();
    expect(await finish(run(undisturbed))).toBe(0);
    const durationMs = performance.now() - began;
    const calls = server.ledger.length;

    const seed = Date.now();
    const random = createRandom(seed);
    let killedMidway = 0;
    for (let project = 0; project < 10; project += 1) {
      const folder = newProject(`p${project}`);
      for (const kill of [0, 1]) {
        const child = run(folder);
        // Half of the moments are of the whole run, half of those at which the server has just been called.
        if (kill === project % 2) await wait(random() * durationMs);
        else {
          const until = server.ledger.length + 1 + Math.floor(random() * calls);
          while (server.ledger.length < until && child.exitCode === null) await wait(1);
        }
        if (child.exitCode === null) killedMidway += 1;
        child.kill("SIGKILL");
        await finish(child);
      }
      const last = run(folder);
      expect(await finish(last), `seed ${seed}, project ${project}: ${last.said()}`).toBe(0);
      expect(keptIn(folder), `seed ${seed}, project ${project}`).toEqual({ answers, open: 0 });
    }
    expect(killedMidway).toBeGreaterThan(10);
    expect(
      [...server.bought.values()].filter((times) => times > 1),
      `seed ${seed}`,
    ).toEqual([]);
    expect(server.bought.size).toBe(11 * answers);
    expect(callsTo("POST", "/chat/completions")).toBe(0);
  }, 300_000);

  it("interrupted ends with 130 and leaves its batches running; the next run fetches them, live or not", async () => {
    await start({ batch: { pollsUntilDone: 3 } });
    const folder = newProject("interrupted");
    const child = run(folder);
    while (callsTo("POST", "/batches") < 2) await wait(5);
    child.kill("SIGINT");
    expect(await finish(child)).toBe(130);
    expect(child.said()).toMatch(/goes on at the provider: distill run fetches it, distill cancel ends it/);

    const status = run(folder, ["status"]);
    await finish(status);
    expect(status.said()).toMatch(/^batch {5}batch_\d+, capture: \d+ of 30 answered; distill run/m);

    edit(folder, "mode: batch", "mode: live");
    expect(await finish(run(folder))).toBe(0);
    // What no batch carries yet is asked live.
    expect(callsTo("POST", "/chat/completions") + 5 * callsTo("POST", "/batches")).toBe(15);
    expect(keptIn(folder)).toEqual({ answers, open: 0 });
    expect(new Set(server.bought.values())).toEqual(new Set([1]));
  }, 60_000);

  it("after one that asked live, and the other way round, buys nothing", async () => {
    await start({ batch: { pollsUntilDone: 1 } });
    const live = newProject("live");
    edit(live, "mode: batch", "mode: live");
    expect(await finish(run(live))).toBe(0);
    edit(live, "mode: live", "mode: batch");
    const batch = newProject("batch");
    expect(await finish(run(batch))).toBe(0);
    edit(batch, "mode: batch", "mode: live");
    const before = server.ledger.length;
    for (const folder of [live, batch])
      expect(await finish(run(folder, ["run", "--force", "capture", "--force", "judged"]))).toBe(0);
    expect(server.ledger.length).toBe(before);
    expect(new Set(server.bought.values())).toEqual(new Set([1]));
  }, 60_000);

  it("is told when its batches are cancelled from elsewhere; the next run hands in what is missing", async () => {
    await start({ batch: { durationMs: 30_000 } });
    const folder = newProject("cancelled");
    const child = run(folder);
    while (openIn(folder) < batches) await wait(20);
    const cancel = run(folder, ["cancel"]);
    expect(await finish(cancel)).toBe(0);
    expect(cancel.said().match(/^cancelled batch_\d+ of \w+, \d+ of \d+ answered/gm)).toHaveLength(batches);
    expect(await finish(child)).toBe(1);
    expect(child.said()).toMatch(/batch_\d+ was cancelled/);
    expect(openIn(folder)).toBe(0);

    edit(folder, "mode: batch", "mode: live");
    expect(await finish(run(folder))).toBe(0);
    expect(keptIn(folder)).toEqual({ answers, open: 0 });
    expect(new Set(server.bought.values())).toEqual(new Set([1]));
    const again = run(folder, ["cancel"]);
    expect(await finish(again)).toBe(0);
    expect(again.said()).toBe("no batch is open\n");
  }, 60_000);

  it("lets go of batches that are gone for good only where that is said", async () => {
    await start({ batch: { durationMs: 30_000 } });
    const folder = newProject("gone");
    const child = run(folder);
    while (openIn(folder) < batches) await wait(20);
    child.kill("SIGKILL");
    await finish(child);
    await server.close();
    // A server that was started anew knows nothing of them.
    const port = Number(new URL(server.url).port);
    await start({ port, batch: { pollsUntilDone: 1 } });

    const cancel = run(folder, ["cancel"]);
    expect(await finish(cancel)).toBe(1);
    expect(cancel.said()).toMatch(/^batch_\d+ of \w+ could not be cancelled: .* answered 404/m);
    expect(cancel.said()).toMatch(/--forget lets go of batches that are gone for good/);
    expect(openIn(folder)).toBe(batches);

    const forget = run(folder, ["cancel", "--forget", "--json"]);
    expect(await finish(forget)).toBe(0);
    expect(JSON.parse(forget.said()).batches).toHaveLength(batches);
    expect(await finish(run(folder))).toBe(0);
    expect(keptIn(folder)).toEqual({ answers, open: 0 });
  }, 60_000);
});

function newProject(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), "distill-batch-"));
  folders.push(folder);
  mkdirSync(join(folder, ".git"));
  const rows = (count: number, prefix: string) =>
    Array.from(
      { length: count },
      (_, i) => `${JSON.stringify({ id: `${prefix}${i}`, text: `ticket ${prefix}${i} of ${name}` })}\n`,
    ).join("");
  writeFileSync(join(folder, "pool.jsonl"), rows(items, "p"));
  writeFileSync(join(folder, "exam.jsonl"), rows(examItems, "e"));
  writeFileSync(
    join(folder, "spec.yaml"),
    `version: 1
name: batch
datasets: { pool: { path: pool.jsonl }, exam: { path: exam.jsonl } }
prompts: { say: { request: { temperature: 0 }, messages: [{ role: user, content: "{{ item.text }}" }] } }
providers: { server: { type: openai, base_url: "${server.url}" } }
models:
  teacher: { provider: server, model: gpt-4o }
  student: { provider: server, model: gpt-4o-mini }
graders: { any: { type: regex, input: "{{ sample.output_text }}", pattern: "[aeiou]" } }
steps:
  capture: { uses: generate, rows: pool, prompt: say, model: teacher, execution: { mode: batch } }
  judged:
    { uses: evaluate, rows: exam, prompt: say, models: [teacher, student], graders: [any], execution: { mode: batch } }
`,
  );
  return folder;
}

function edit(folder: string, from: string, to: string): void {
  const path = join(folder, "spec.yaml");
  writeFileSync(path, readFileSync(path, "utf8").replaceAll(from, to));
}

interface Run extends ChildProcess {
  /** All that it printed. */
  said(): string;
}

function run(folder: string, [command, ...flags]: readonly string[] = ["run"]): Run {
  const child = spawn(process.execPath, [bin, command!, "spec.yaml", ...flags], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  return Object.assign(child, { said: () => said.replace(/\n {10,}/g, " ") });
}

async function finish(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "close");
  return child.exitCode;
}

function keptIn(folder: string): { readonly answers: number; readonly open: number } {
  const store = openStore(folder);
  try {
    return { answers: [...store.completions({})].length, open: store.jobs.open().length };
  } finally {
    store.close();
  }
}

/** Open batches that the provider is known to have. */
function openIn(folder: string): number {
  const store = openStore(folder);
  try {
    return store.jobs.open().filter(({ remote }) => remote !== null).length;
  } finally {
    store.close();
  }
}
