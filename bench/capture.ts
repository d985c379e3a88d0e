// Capture: how fast completions come from one server, by several clients, each in a process of its own. Ratios are
// to the SDK's default loop and to a bare loop over undici, of the same round. Ends with 1 where a bound does not hold.
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

const isGood = values.limits
  ? await (await import("./support/rate-limits.ts")).measureLimits()
  : await measureClients(values.quick ? { requests: 2000, rounds: 1 } : { requests: 5000, rounds: 3 });
process.exitCode = isGood ? 0 : 1;

async function measureClients({
  requests,
  rounds,
}: {
  readonly requests: number;
  readonly rounds: number;
}): Promise<boolean> {
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
    const middle = (name: string, of: keyof Measured) => median(runs.get(name)!.map((one) => one[of]));
    const rate = (name: string) => requests / middle(name, "seconds");
    const cpuUs = (name: string) => (1e6 * middle(name, "cpuSeconds")) / requests;
    const rss = (name: string) => middle(name, "maxRssMib");
    console.log(`${"".padEnd(36)} requests/s    × SDK   × undici   CPU µs a request   max RSS MiB`);
    for (const [name, title] of Object.entries(clients)) {
      console.log(
        [
          title.padEnd(36),
          rate(name).toFixed(0).padStart(10),
          (rate(name) / rate("sdk")).toFixed(2).padStart(8),
          (rate(name) / rate("undici")).toFixed(2).padStart(10),
          cpuUs(name).toFixed(0).padStart(18),
          rss(name).toFixed(0).padStart(13),
        ].join(" "),
      );
    }
    console.log("with limiter and record:");
    const own = rate("durable");
    const bounds = [
      { what: "at least 2 × the SDK", holds: own >= 2 * rate("sdk") },
      { what: "at most 400 µs CPU a request", holds: cpuUs("durable") <= 400 },
      { what: "at most 200 MiB", holds: rss("durable") <= 200 },
    ];
    for (const { what, holds } of bounds) console.log(`  ${what}: ${holds ? "yes" : "NO"}`);
    console.log(`  aim, 0.8 × undici: ${own >= 0.8 * rate("undici") ? "reached" : "not reached"}`);
    return bounds.every(({ holds }) => holds);
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
