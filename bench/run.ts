// Runs every benchmark in this folder, each in a process of its own.
import { spawnSync } from "node:child_process";

for (const name of ["start-up", "soft-targets", "statistics", "report-html", "capture", "plan-cost"]) {
  console.log(`\n# ${name}`);
  const { status } = spawnSync(process.execPath, [new URL(`${name}.ts`, import.meta.url).pathname], {
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}
