import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStoreIfPresent } from "../../src/runner/store/open-store.ts";
import { createRandom } from "../../src/stats/random.ts";
import { type FakeOpenAI, startFakeOpenAI } from "../support/fake-openai/index.ts";
import type { Call } from "../support/fake-openai/ledger.ts";

const bin = new URL("../../bin/distill.js", import.meta.url).pathname;
const items = 48;
const examItems = 8;
const concurrency = 4;
const expectedCalls = items + 2 * examItems;

/** More where somebody has the time: DISTILL_KILLS=100. */
const rounds = Number(process.env.DISTILL_KILLS ?? 40);

let server: FakeOpenAI;
const folders: string[] = [];

beforeAll(async () => {
  server = await startFakeOpenAI({ latencyMs: 20 });
});

afterAll(async () => {
  await server.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe("a run that is killed", () => {
  it(
    `at any of ${rounds} random moments ends as an undisturbed one: what was kept is not asked again, at most what was in flight is`,
    async () => {
      const undisturbed = newProject();
      const started = performance.now();
      expect(await finish(start(undisturbed))).toBe(0);
      const duration = performance.now() - started;
      const lock = lockOf(undisturbed);
      expect(requests()).toHaveLength(expectedCalls);

      const seed = Date.now();
      const random = createRandom(seed);
      const repeats: number[] = [];
      let killedMidway = 0;
      let keptAtDeath = 0;
      for (let round = 0; round < rounds; round++) {
        const before = requests().length;
        const folder = newProject();
        const run = start(folder);
        // Half of the moments are of the whole run, half of the short time in which requests are under way.
        if (round % 2 === 0) await wait(random() * duration);
        else {
          const calls = before + 1 + Math.floor(random() * (expectedCalls - 1));
          while (requests().length < calls && run.exitCode === null) await wait(1);
        }
        run.kill("SIGKILL");
        await finish(run);
        const first = requests().length - before;
        const kept = keptTexts(folder);
        keptAtDeath += kept.size;
        if (first > 0 && first < expectedCalls) killedMidway++;
        expect(await finish(start(folder)), `seed ${seed}, round ${round}`).toBe(0);
        expect(lockOf(folder), `seed ${seed}, round ${round}`).toBe(lock);
        repeats.push(requests().length - before - expectedCalls);
        const again = requests()
          .slice(before + first)
          .map(textOf);
        expect(
          again.filter((text) => kept.has(text)),
          `seed ${seed}, round ${round}`,
        ).toEqual([]);
      }
      expect(keptAtDeath, "answers that were kept when the runs were killed").toBeGreaterThan(5 * rounds);
      // Two steps may ask side by side, each with its own requests in flight.
      expect(Math.max(...repeats), `seed ${seed}: ${repeats}`).toBeLessThanOrEqual(2 * concurrency);
      expect(Math.min(...repeats)).toBeGreaterThanOrEqual(0);
      expect(killedMidway, "kills that hit the middle of the asking").toBeGreaterThanOrEqual(rounds / 3);
    },
    20_000 * rounds,
  );

  it("twice at once is one result: the second is told so, and nothing is sent twice", async () => {
    const before = requests().length;
    const folder = newProject();
    const runs = [start(folder), start(folder)];
    const codes = await Promise.all(runs.map(finish));
    expect(codes.toSorted()).toEqual([0, 75]);
    expect(requests().length - before).toBe(expectedCalls);
    expect(await finish(start(folder))).toBe(0);
    expect(requests().length - before).toBe(expectedCalls);
  });

  it("by SIGINT keeps what was in flight, ends with 130, and the next run goes on", async () => {
    const before = requests().length;
    const folder = newProject();
    const run = start(folder);
    while (requests().length - before < 10) await wait(5);
    run.kill("SIGINT");
    expect(await finish(run)).toBe(130);
    expect(await finish(start(folder))).toBe(0);
    expect(requests().length - before).toBe(expectedCalls);
  });
});

/** The requests for answers; beside them a run asks whether the models are there. */
function requests(): readonly Call[] {
  return server.ledger.filter(({ method }) => method === "POST");
}

/** Model and text of every answer that the store keeps. */
function keptTexts(folder: string): ReadonlySet<string> {
  const store = openStoreIfPresent(folder);
  try {
    return new Set(
      [...(store?.completions({}) ?? [])].map(({ model, request }) =>
        textOf({ body: { ...request, model } }),
      ),
    );
  } finally {
    store?.close();
  }
}

function textOf({ body }: Pick<Call, "body">): string {
  const { model, messages } = body as {
    readonly model: string;
    readonly messages: readonly { content: string }[];
  };
  return `${model}: ${messages.at(-1)!.content}`;
}

function newProject(): string {
  const folder = mkdtempSync(join(tmpdir(), "distill-kill-"));
  folders.push(folder);
  mkdirSync(join(folder, ".git"));
  const rows = (count: number, prefix: string) =>
    Array.from(
      { length: count },
      (_, i) => `${JSON.stringify({ id: `${prefix}${i}`, text: `ticket ${prefix}${i}` })}\n`,
    ).join("");
  writeFileSync(join(folder, "pool.jsonl"), rows(items, "p"));
  writeFileSync(join(folder, "exam.jsonl"), rows(examItems, "e"));
  writeFileSync(
    join(folder, "spec.yaml"),
    `version: 1
name: kill
datasets: { pool: { path: pool.jsonl }, exam: { path: exam.jsonl } }
prompts: { say: { request: { temperature: 0 }, messages: [{ role: user, content: "{{ item.text }}" }] } }
providers: { server: { type: openai, base_url: "${server.url}" } }
models:
  teacher: { provider: server, model: gpt-4o }
  student: { provider: server, model: gpt-4o-mini }
graders: { any: { type: regex, input: "{{ sample.output_text }}", pattern: "[aeiou]" } }
steps:
  capture:
    { uses: generate, rows: pool, prompt: say, model: teacher, metadata: { task: kill }, execution: { concurrency: ${concurrency} } }
  select: { uses: filter, rows: capture, rules: [{ name: complete, where: "sample.finish_reason == 'stop'" }] }
  judged:
    uses: evaluate
    rows: exam
    prompt: say
    models: [teacher, student]
    graders: [any]
    execution: { concurrency: ${concurrency} }
`,
  );
  return folder;
}

function start(folder: string): ChildProcess {
  return spawn(process.execPath, [bin, "run", "spec.yaml"], { cwd: folder, stdio: "ignore" });
}

async function finish(run: ChildProcess): Promise<number | null> {
  if (run.exitCode === null && run.signalCode === null) await once(run, "exit");
  return run.exitCode;
}

function lockOf(folder: string): string {
  return readFileSync(join(folder, "spec.lock"), "utf8");
}
