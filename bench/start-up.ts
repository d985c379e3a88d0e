// Start-up: whole processes against a bare `node -e 0` of the same Node, median of repeated runs.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = new URL("../", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "distill-bench-"));
cpSync(join(root, "examples"), folder, { recursive: true });
const spec = join(folder, "distill.yaml");
const bin = join(root, "bin/distill.js");

const cases = [
  { name: "node -e 0", args: ["-e", "0"], most: undefined },
  { name: "distill --help", args: [bin, "--help"], most: 2 },
  { name: "distill validate", args: [bin, "validate", spec], most: 2.5 },
  { name: "distill run, everything kept", args: [bin, "run", spec], most: 5 },
] as const;

try {
  // Fills the store, and the compile caches that any second call finds.
  for (const { args } of cases) once(args);
  const times = cases.map(() => [] as number[]);
  // Interleaved, so that a busy moment hits all of them.
  for (let round = 0; round < 15; round++)
    for (const [i, one] of cases.entries()) times[i]!.push(once(one.args));
  const bare = median(times[0]!);
  cases.forEach((one, i) => {
    const ms = median(times[i]!);
    const ratio = ms / bare;
    const bound =
      one.most === undefined ? "" : `   at most ${one.most} ×: ${ratio <= one.most ? "yes" : "NO"}`;
    console.log(
      `${one.name.padEnd(32)} ${ms.toFixed(0).padStart(5)} ms   ${ratio.toFixed(2).padStart(5)} ×${bound}`,
    );
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function once(args: readonly string[]): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
