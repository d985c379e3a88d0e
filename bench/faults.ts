// A capture of many rows against a server that goes wrong in every way, at several rates: whether every row comes
// with its own answer, how often it was asked, whether anything bad was kept, and what it takes beside a well
// server. Ends with 1 where any of that is wrong. node bench/faults.ts [--rows 10000]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openStore } from "../src/runner/store/open-store.ts";
import { dataKinds, transientKinds } from "../test/support/fake-openai/faults.ts";
import { startFakeOpenAI } from "../test/support/fake-openai/index.ts";
import { type Answered, answerTo, type Faulty, isFlawless, judgeRows } from "./support/judge-rows.ts";

const { values } = parseArgs({ options: { rows: { type: "string", default: "10000" } } });
const rows = Number(values.rows);
const concurrency = 128;
const bin = new URL("../bin/distill.js", import.meta.url).pathname;

interface Outcome extends Faulty {
  readonly seconds: number;
  readonly meanAttempts: number;
  readonly exitCode: number;
}

console.log(`${rows.toLocaleString("en-US")} rows, ${concurrency} at once, every kind of fault mixed`);
console.log(
  `faults   missing   wrong   bad kept   attempts a row, mean and most   time beside a well server`,
);
const well = await capture(0);
tell("0 %", well);
for (const rate of [0.1, 0.2, 0.3]) tell(`${100 * rate} %`, await capture(rate));

function tell(name: string, run: Outcome): void {
  const isGood = run.exitCode === 0 && isFlawless(run);
  if (!isGood) process.exitCode = 1;
  console.log(
    [
      name.padEnd(8),
      `${run.missing}`.padEnd(9),
      `${run.wrongRows}`.padEnd(7),
      `${run.badAnswers}`.padEnd(10),
      `${run.meanAttempts.toFixed(2)}, ${run.mostAttempts}`.padEnd(31),
      `${run.seconds.toFixed(1)} s, ${(run.seconds / well.seconds).toFixed(2)} x`,
      isGood ? "" : `  WRONG${run.exitCode === 0 ? "" : `, exit ${run.exitCode}`}`,
    ].join(" "),
  );
}

async function capture(rate: number): Promise<Outcome> {
  const server = await startFakeOpenAI({
    latencyMs: 20,
    answer: ({ messages }) => ({ content: answerTo(numberIn(messages)) }),
    faults: { rate, kinds: [...transientKinds, ...dataKinds], seed: 4 },
  });
  const folder = newProject(server.url);
  try {
    const began = performance.now();
    const exitCode = await distill(folder, ["run", "spec.yaml", "--json"], "result.json");
    const seconds = (performance.now() - began) / 1000;
    await distill(folder, ["rows", "capture", "--json", "--spec", "spec.yaml"], "rows.jsonl");
    const calls = Map.groupBy(
      server.ledger.filter(({ method }) => method === "POST"),
      ({ body }) => numberIn((body as Asked).messages),
    );
    const attempts = new Map([...calls].map(([item, own]) => [item, own.length]));
    return {
      seconds,
      exitCode,
      meanAttempts: [...attempts.values()].reduce((sum, count) => sum + count, 0) / attempts.size,
      ...judgeRows({
        items: rows,
        rows: readRows(join(folder, "rows.jsonl")),
        kept: readKept(folder),
        attempts,
        lastFault: new Map([...calls].map(([item, own]) => [item, own.at(-1)!.fault])),
      }),
    };
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

// Not spawnSync: the server answers in this process.
async function distill(cwd: string, args: readonly string[], out: string): Promise<number> {
  const file = openSync(join(cwd, out), "w");
  const child = spawn(process.execPath, [bin, ...args], { cwd, stdio: ["ignore", file, "inherit"] });
  const [code] = (await once(child, "exit")) as [number | null];
  closeSync(file);
  return code ?? 1;
}

function readRows(path: string): readonly Answered[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const row = JSON.parse(line) as {
        readonly id: string;
        readonly sample: { readonly output_text: string };
      };
      return { item: Number(row.id.slice(1)), text: row.sample.output_text };
    });
}

function readKept(folder: string): readonly Answered[] {
  const store = openStore(folder);
  try {
    return [...store.completions({})].map(({ request, answer }) => ({
      item: numberIn((request as unknown as Asked).messages),
      text: answer.output_text,
    }));
  } finally {
    store.close();
  }
}

interface Asked {
  readonly messages: readonly { readonly content?: unknown }[];
}

/** Which item is asked about. */
function numberIn(messages: Asked["messages"]): number {
  return Number(String(messages.at(-1)!.content).replace("ticket ", ""));
}

function newProject(url: string): string {
  const folder = mkdtempSync(join(tmpdir(), "distill-faults-"));
  mkdirSync(join(folder, ".git"));
  const lines = Array.from({ length: rows }, (_, i) => JSON.stringify({ id: `i${i}`, text: `ticket ${i}` }));
  writeFileSync(join(folder, "pool.jsonl"), `${lines.join("\n")}\n`);
  writeFileSync(
    join(folder, "spec.yaml"),
    `version: 1
name: faults
datasets: { pool: { path: pool.jsonl, id: id } }
prompts: { say: { request: { temperature: 0 }, messages: [{ role: user, content: "{{ item.text }}" }] } }
providers: { server: { type: openai, base_url: "${url}" } }
models: { teacher: { provider: server, model: gpt-4o } }
steps:
  capture: { uses: generate, rows: pool, prompt: say, model: teacher, execution: { concurrency: ${concurrency}, timeout: 2 } }
`,
  );
  return folder;
}
