import { spawnSync } from "node:child_process";
import type { TestContext } from "vitest";

/** Runs Python with a text on its standard input and gives its standard output; an error where it fails. */
export type RunPython = (args: readonly string[], input: string) => string;

/** Python 3; where there is none the test is skipped with the reason, but in CI it fails. */
export function requirePython(context: TestContext): RunPython {
  const { status } = spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 8))"]);
  if (status !== 0 && process.env.CI !== undefined) throw new Error("CI needs python3, 3.8 or later");
  if (status !== 0) context.skip("there is no python3 here, 3.8 or later: its module is not tested");
  return (args, input) => {
    const { status, stdout, stderr } = spawnSync("python3", ["-B", ...args], {
      input,
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    if (status !== 0) throw new Error(`python3 ended with ${status}: ${stderr}${stdout}`);
    return stdout;
  };
}
