// Runs the benchmarks in this folder, each in a process of its own, and ends with 1 where one of them does.
// npm run bench              those of seconds
// npm run bench -- --long    also those that take minutes
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { long: { type: "boolean", default: false } } });

const short = [
  ["start-up"],
  ["soft-targets"],
  ["statistics"],
  ["report-html"],
  ["capture"],
  ["plan-cost"],
] as const;
const long = [["faults"], ["scale"], ["capture", "--limits"]] as const;

const failed: string[] = [];
for (const [name, ...args] of values.long ? [...short, ...long] : short) {
  const title = [name, ...args].join(" ");
  console.log(`\n# ${title}`);
  const script = new URL(`${name}.ts`, import.meta.url).pathname;
  const { status } = spawnSync(process.execPath, [script, ...args], { stdio: "inherit" });
  if (status !== 0) failed.push(title);
}
if (!values.long)
  console.log(`\nLong ones, with npm run bench -- --long: ${long.map((one) => one.join(" ")).join(", ")}`);
if (failed.length > 0) console.log(`\nnot as it should be: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
