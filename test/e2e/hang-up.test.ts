import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "vitest";
import { cliRig } from "../support/cli-rig.ts";

const bin = new URL("../../bin/distill.js", import.meta.url).pathname;

it("a run whose terminal hangs up ends the programs that it started, and ends with 130", async () => {
  const rig = cliRig({
    ".git/HEAD": "",
    "distill.yaml": `version: 1
name: tool
steps:
  made:
    uses: command
    argv: [node, tool.js]
    files: [tool.js]
    env: { PID_FILE: PLACE }
    outputs: { table: { kind: file, path: table.csv } }
`,
    "tool.js": `require("node:fs").writeFileSync(process.env.PID_FILE, String(process.pid));
setTimeout(() => {}, 60_000);`,
  });
  const pidFile = join(rig.folder, "pid");
  rig.write("distill.yaml", rig.read("distill.yaml").replace("PLACE", JSON.stringify(pidFile)));
  const run = spawn(process.execPath, [bin, "run", "--allow-exec"], { cwd: rig.folder, stdio: "ignore" });
  const ended = once(run, "exit");
  while (!existsSync(pidFile) || readFileSync(pidFile, "utf8") === "") {
    expect(run.exitCode).toBeNull();
    await wait(10);
  }
  const pid = Number(readFileSync(pidFile, "utf8"));
  run.kill("SIGHUP");
  await wait(200);
  run.kill("SIGHUP");
  expect(await ended).toEqual([130, null]);
  for (let i = 0; i < 300 && isAlive(pid); i++) await wait(10);
  expect(isAlive(pid)).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
