// Capture: how fast completions come from one server, by several clients, each in a process of its own. Ratios are
// to the SDK's default loop and to a bare loop over undici, of the same round.
// node bench/capture.ts [--quick]   or, for the limits of an account: node bench/capture.ts --limits
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import type { Measured } from "./support/capture-client.ts";

const { values } = parseArgs({ options: { quick: { type: "boolean" }, limits: { type: "boolean" } } });

const clients = {
  sdk: "openai SDK",
  sdkOverTransport: "openai SDK over our transport",
  undici: "undici Pool, bare",
  connection: "our connection",
  durable: "our connection, limiter and record",
} as const;

if (values.limits) await (await import("./support/rate-limits.ts")).measureLimits();
else await measureClients(values.quick ? { requests: 2000, rounds: 1 } : { requests: 5000, rounds: 3 });

async function measureClients({ requests, rounds }: { requests: number; rounds: number }): Promise<void> {
  const concurrency = 128;
  const latencyMs = 20;
  const server = await startServer(latencyMs);
  try {
    console.log(`${requests} requests, ${concurrency} at once, ${latencyMs} ms each, median of ${rounds}`);
    const runs = new Map<string, Measured[]>();
    // Interleaved, so that a busy moment hits all of them.
    for (let round = 0; round < rounds; round++)
      for (const name of Object.keys(clients)) {
        const script = new URL("support/capture-client.ts", import.meta.url).pathname;
        const args = [script, name, server.url, `${requests}`, `${concurrency}`];
        const measured = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as Measured;
        runs.set(name, [...(runs.get(name) ?? []), measured]);
      }
    const rate = (name: string) => requests / median(runs.get(name)!.map(({ seconds }) => seconds));
    console.log(`${"".padEnd(36)} requests/s    × SDK   × undici   CPU µs a request   max RSS MiB`);
    for (const [name, title] of Object.entries(clients)) {
      const all = runs.get(name)!;
      const cpu = (1e6 * median(all.map(({ cpuSeconds }) => cpuSeconds))) / requests;
      console.log(
        [
          title.padEnd(36),
          rate(name).toFixed(0).padStart(10),
          (rate(name) / rate("sdk")).toFixed(2).padStart(8),
          (rate(name) / rate("undici")).toFixed(2).padStart(10),
          cpu.toFixed(0).padStart(18),
          median(all.map(({ maxRssMib }) => maxRssMib))
            .toFixed(0)
            .padStart(13),
        ].join(" "),
      );
    }
    const own = rate("durable");
    console.log(`with limiter and record, at least 2 × the SDK: ${own >= 2 * rate("sdk") ? "yes" : "NO"}`);
  } finally {
    server.child.kill();
  }
}

async function startServer(
  latencyMs: number,
): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const script = new URL("support/lean-server.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, `${latencyMs}`], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const url of createInterface({ input: child.stdout! })) return { url, child };
  throw new Error("the server did not start");
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
