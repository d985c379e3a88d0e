// Records examples/openai.replay.jsonl anew: examples/openai.yaml runs against the tests' stand-in for OpenAI's API,
// whose answers are scripted; then it is replayed beside the spec, which writes lock, evidence and report.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatHeader } from "../src/runner/exchanges/exchange-line.ts";
import { startRehearsal, withServer } from "../test/support/rehearsal.ts";

const root = join(import.meta.dirname, "..");
const note =
  "A rehearsal of the protocol: a stand-in for OpenAI's API gave scripted answers. Its figures say nothing about any model.";

const folder = mkdtempSync(join(tmpdir(), "distill-rehearsal-"));
const server = await startRehearsal({ port: 8090 });
try {
  cpSync(join(root, "examples"), folder, { recursive: true });
  for (const written of ["openai.lock", "openai.evidence.jsonl", "openai.report.md"])
    rmSync(join(folder, written), { force: true });
  const spec = join(folder, "openai.yaml");
  writeFileSync(spec, withServer(readFileSync(spec, "utf8"), server.url));
  writeFileSync(join(folder, "openai.replay.jsonl"), `${formatHeader(note)}\n`);
  await distill(folder, [
    "run",
    "openai.yaml",
    "--yes",
    "--record",
    "openai.replay.jsonl",
    "--allow-origin",
    server.url,
  ]);
  copyFileSync(join(folder, "openai.replay.jsonl"), join(root, "examples/openai.replay.jsonl"));
} finally {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}
// What the lock says of the recording before it must not come out again.
rmSync(join(root, "examples/openai.lock"), { force: true });
await distill(join(root, "examples"), ["run", "openai.yaml", "--replay", "openai.replay.jsonl"]);

/** Runs the built command line; the server lives in this process, so it must not be waited for by blocking. */
async function distill(cwd: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [join(root, "bin/distill.js"), ...args], {
    cwd,
    env: { ...process.env, OPENAI_API_KEY: "not-a-key" },
    stdio: "inherit",
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`distill ${args.join(" ")} ended with ${code}`);
}
