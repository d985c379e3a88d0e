// Many items through generate and evaluate against a server that answers at once: the most memory that a run
// holds, and its time. Ends with 1 where that is too much. node bench/scale.ts [--items 100000]
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { items: { type: "string", default: "100000" } } });
const items = Number(values.items);
const most = 512;
const bin = new URL("../bin/distill.js", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "distill-scale-"));
const server = await startServer();

try {
  await writeItems(join(folder, "pool.jsonl"));
  writeFileSync(join(folder, "spec.yaml"), specFor(server.url));
  console.log(`${items.toLocaleString("en-US")} items`);
  await tell("generate", ["run", "spec.yaml", "--yes", "--only", "capture"]);
  await tell("evaluate", ["run", "spec.yaml", "--yes", "--only", "exam"]);
  await tell("all kept, lock, evidence and report", ["run", "spec.yaml"]);
  await tell("again", ["run", "spec.yaml"]);
  await tell("plan", ["plan", "spec.yaml"]);
  await tell("verify", ["verify", "spec.yaml"]);
} finally {
  server.child.kill();
  rmSync(folder, { recursive: true, force: true });
}

async function tell(what: string, args: readonly string[]): Promise<void> {
  const begun = performance.now();
  const rss = join(folder, "rss");
  const hook = new URL("support/tell-max-rss.ts", import.meta.url).href;
  const child = spawn(process.execPath, ["--import", hook, bin, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, MAX_RSS_FILE: rss },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`distill ${args.join(" ")} ended with ${code}: ${said}`);
  const seconds = (performance.now() - begun) / 1000;
  const mib = Number(readFileSync(rss, "utf8"));
  if (mib >= most) process.exitCode = 1;
  console.log(
    `${what.padEnd(36)} ${seconds.toFixed(1).padStart(6)} s   ${`${mib}`.padStart(4)} MiB   under ${most} MiB: ${mib < most ? "yes" : "NO"}`,
  );
}

/** A text of some 400 bytes each, as a ticket has. */
async function writeItems(path: string): Promise<void> {
  const file = createWriteStream(path);
  for (let n = 0; n < items; n++) {
    const text = `Ticket ${n}: ${"my VPN drops every hour and the printer asks for a password. ".repeat(6)}`;
    const line = JSON.stringify({ id: `t${n}`, text, department: `d${n % 40}`, team: "Network Engineering" });
    if (!file.write(`${line}\n`)) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
}

function specFor(url: string): string {
  return `version: 1
name: scale
datasets:
  pool: { path: pool.jsonl, id: id }
prompts:
  route:
    request: { temperature: 0 }
    messages:
      - { role: system, content: Name the team that has to take this ticket. }
      - { role: user, content: "{{ item.text }}" }
providers:
  live: { type: openai, base_url: "${url}" }
models:
  teacher: { provider: live, model: large }
  student: { provider: live, model: small }
graders:
  correct:
    { type: string_check, input: "{{ sample.output_json.team }}", reference: "{{ item.team }}", operation: eq }
steps:
  capture:
    uses: generate
    rows: pool
    prompt: route
    model: teacher
    metadata: { department: "{{ item.department }}" }
    execution: { concurrency: 128 }
  exam:
    uses: evaluate
    rows: pool
    prompt: route
    models: [teacher, student]
    graders: [correct]
    execution: { concurrency: 128 }
`;
}

async function startServer(): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const script = new URL("support/lean-server.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, "0"], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const url of createInterface({ input: child.stdout! })) return { url, child };
  throw new Error("the server did not start");
}
