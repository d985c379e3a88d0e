// Everything that must hold before a change is shared; stops at the first thing that does not.
import { spawnSync } from "node:child_process";

const checks: readonly (readonly [string, ...string[]])[] = [
  ["format and lint", "biome", "ci", "--error-on-warnings", "."],
  ["types", "tsc", "-p", "."],
  ["build", "node", "scripts/build.ts"],
  ["unused files, exports and dependencies", "knip", "--no-progress"],
  ["package", "publint", "--strict"],
  ["tests, and whether schema and docs are fresh", "vitest", "run"],
];

// .ci/run has just run the tests of this very tree; to run them a second time would tell nothing.
const isTested = process.env.DISTILL_TESTED === "1";

for (const [what, command, ...args] of checks) {
  if (isTested && command === "vitest") continue;
  process.stdout.write(`\n# ${what}\n`);
  const { status } = spawnSync(command!, args, { stdio: "inherit" });
  if (status !== 0) {
    process.stderr.write(`\ncheck: ${what} failed\n`);
    process.exit(status ?? 1);
  }
}
