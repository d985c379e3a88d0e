// A capture of many rows against a server that goes wrong in every way, at several rates: whether all rows
// come, how often each was asked, whether anything bad was kept, and what it takes beside a well server.
// node bench/faults.ts [--rows 10000]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openStore } from "../src/runner/store/open-store.ts";
import { dataKinds, transientKinds } from "../test/support/fake-openai/faults.ts";
import { startFakeOpenAI } from "../test/support/fake-openai/index.ts";
import type { Call } from "../test/support/fake-openai/ledger.ts";

const { values } = parseArgs({ options: { rows: { type: "string", default: "10000" } } });
const rows = Number(values.rows);
const concurrency = 128;
const bin = new URL("../bin/distill.js", import.meta.url).pathname;

interface Outcome {
  readonly seconds: number;
  readonly complete: number;
  /** By item: what was kept. */
  readonly texts: ReadonlyMap<string, string>;
  readonly attempts: readonly number[];
  readonly lastFault: ReadonlyMap<string, string | undefined>;
}

const well = await capture(0);
console.log(`${rows.toLocaleString("en-US")} rows, ${concurrency} at once, every kind of fault mixed`);
console.log(
  `faults   complete   attempts a row, mean and most   bad answers kept   time beside a well server`,
);
tell("0 %", well);
for (const rate of [0.1, 0.2, 0.3]) tell(`${100 * rate} %`, await capture(rate));

function tell(name: string, run: Outcome): void {
  const mean = run.attempts.reduce((sum, n) => sum + n, 0) / run.attempts.length;
  console.log(
    [
      name.padEnd(8),
      `${run.complete}`.padEnd(10),
      `${mean.toFixed(2)}, ${Math.max(...run.attempts)}`.padEnd(30),
      `${badOf(run)}`.padEnd(18),
      `${run.seconds.toFixed(1)} s, ${(run.seconds / well.seconds).toFixed(2)} x`,
    ].join(" "),
  );
}

/** Answers that were kept and are neither what a well server says nor data by the server's own word. */
function badOf(run: Outcome): number {
  const isData = (kind: string | undefined) => (dataKinds as readonly (string | undefined)[]).includes(kind);
  return [...run.texts].filter(
    ([item, text]) => text !== well.texts.get(item) && !isData(run.lastFault.get(item)),
  ).length;
}

async function capture(rate: number): Promise<Outcome> {
  const server = await startFakeOpenAI({
    latencyMs: 20,
    faults: { rate, kinds: [...transientKinds, ...dataKinds], seed: 4 },
  });
  const folder = newProject(server.url);
  try {
    const began = performance.now();
    const run = spawn(process.execPath, [bin, "run", "spec.yaml", "--json"], {
      cwd: folder,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const [code] = (await once(run, "exit")) as [number];
    const seconds = (performance.now() - began) / 1000;
    if (code !== 0) console.log(`exit ${code}`);
    const calls = Map.groupBy(
      server.ledger.filter(({ method }) => method === "POST"),
      itemOf,
    );
    const store = openStore(folder);
    const kept = [...store.completions({})];
    store.close();
    const ofItem = ({ request }: { readonly request: unknown }) => itemOf({ body: request });
    return {
      seconds,
      complete: kept.length,
      texts: new Map(kept.map((one) => [ofItem(one), one.answer.output_text])),
      attempts: [...calls.values()].map((own) => own.length),
      lastFault: new Map([...calls].map(([item, own]) => [item, own.at(-1)!.fault])),
    };
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function itemOf({ body }: Pick<Call, "body">): string {
  return (body as { readonly messages: readonly { readonly content: string }[] }).messages.at(-1)!.content;
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
datasets: { pool: { path: pool.jsonl } }
prompts: { say: { request: { temperature: 0 }, messages: [{ role: user, content: "{{ item.text }}" }] } }
providers: { server: { type: openai, base_url: "${url}" } }
models: { teacher: { provider: server, model: gpt-4o } }
steps:
  capture: { uses: generate, rows: pool, prompt: say, model: teacher, execution: { concurrency: ${concurrency}, timeout: 2 } }
`,
  );
  return folder;
}
