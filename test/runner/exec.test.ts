import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openPrograms } from "../../src/runner/exec.ts";
import type { ExecRequest } from "../../src/runner/step.ts";
import type { World } from "../../src/runner/world.ts";

const world: World = {
  env: { PATH: process.env.PATH, SECRET: "s3cret", OTHER: "other" },
  allowsExec: true,
  allowsOrigin: () => false,
  now: () => 0,
};
let folder: string;
let control: AbortController;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "distill-exec-"));
  control = new AbortController();
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function request(script: string, more: Partial<ExecRequest> = {}): ExecRequest {
  return {
    argv: [process.execPath, "-e", script],
    files: {},
    env: {},
    passEnv: [],
    timeoutMs: 20_000,
    ...more,
  };
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A program that starts another, which writes its pid and would live for a minute. */
const parent = (file: string) =>
  `const { spawn } = require("node:child_process");
   const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], { stdio: "ignore" });
   require("node:fs").writeFileSync(${JSON.stringify(file)}, String(child.pid));
   setTimeout(() => {}, 60000);`;

async function pidIn(file: string): Promise<number> {
  for (;;) {
    try {
      const pid = Number(readFileSync(file, "utf8"));
      if (pid > 0) return pid;
    } catch {
      // Not written yet.
    }
    await wait(10);
  }
}

async function expectDead(pid: number): Promise<void> {
  for (let i = 0; i < 500 && alive(pid); i++) await wait(10);
  expect(alive(pid)).toBe(false);
}

describe("a program of a spec", () => {
  it("is refused unless the user allowed it", async () => {
    const programs = openPrograms({ ...world, allowsExec: false }, control.signal);
    await expect(programs.run(request("1"))).rejects.toMatchObject({
      message: expect.stringContaining("running programs was not allowed"),
      hint: expect.stringContaining("--allow-exec"),
    });
  });

  it("sees the declared files and environment, and nothing else", async () => {
    writeFileSync(join(folder, "data.txt"), "hello");
    const programs = openPrograms(world, control.signal);
    const { stdout, directory } = await programs.run(
      request(
        `const fs = require("node:fs");
         console.log(JSON.stringify({ files: fs.readdirSync("."), data: fs.readFileSync("in/data.txt", "utf8"), env: Object.keys(process.env).sort() }))`,
        { files: { "in/data.txt": join(folder, "data.txt") }, env: { MODE: "x" }, passEnv: ["SECRET"] },
      ),
    );
    expect(JSON.parse(stdout)).toEqual({
      files: ["in"],
      data: "hello",
      env: ["LANG", "MODE", "PATH", "SECRET"],
    });
    programs.clean();
    expect(() => readFileSync(join(directory, "in/data.txt"))).toThrow("ENOENT");
  });

  it("cannot be given a file outside its folder", async () => {
    const programs = openPrograms(world, control.signal);
    await expect(programs.run(request("1", { files: { "../escape": join(folder, "x") } }))).rejects.toThrow(
      "leaves the working folder",
    );
    programs.clean();
  });

  it("that fails is told with its exit code and last words, and never with its arguments", async () => {
    const programs = openPrograms(world, control.signal);
    const failing = request(`console.error("no such table"); process.exit(3)`, {
      argv: [process.execPath, "-e", `console.error("no such table"); process.exit(3)`, "s3cret-argument"],
    });
    const error = await programs
      .run(failing)
      .catch((reason: unknown) => reason as { message: string; hint: string });
    expect(error).toMatchObject({ message: expect.stringContaining("exit code 3"), hint: "no such table" });
    expect(JSON.stringify(error)).not.toContain("s3cret-argument");
    programs.clean();
  });

  it("ends with all that it started when the time is over", async () => {
    const file = join(folder, "pid");
    const programs = openPrograms(world, control.signal);
    await expect(programs.run(request(parent(file), { timeoutMs: 1_500 }))).rejects.toThrow(
      "took longer than 1.5 s",
    );
    await expectDead(await pidIn(file));
    programs.clean();
  });

  it("ends with all that it started when the run is interrupted", async () => {
    const file = join(folder, "pid");
    const programs = openPrograms(world, control.signal);
    const running = programs.run(request(parent(file)));
    const pid = await pidIn(file);
    control.abort(new Error("interrupted"));
    await expect(running).rejects.toThrow("interrupted");
    await expectDead(pid);
    programs.clean();
  });

  it("leaves nothing behind that goes on after it ended", async () => {
    const file = join(folder, "pid");
    const programs = openPrograms(world, control.signal);
    await programs.run(
      request(parent(file).replace(/setTimeout\(\(\) => \{\}, 60000\);$/, "process.exit(0);")),
    );
    await expectDead(await pidIn(file));
    programs.clean();
  });
});
