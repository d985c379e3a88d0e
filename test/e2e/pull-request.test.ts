import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/*
 * What a reviewer sees, from a real repository:
 *
 *   main ──┬── rule      a filter rule is stricter
 *          ├── grader    answers are judged otherwise
 *          ├── retrain   the student learns otherwise
 *          └── both      rule and retrain merged, and nobody ran it
 *
 * The snapshots are read as a reviewer reads them: what is not clear there is a fault.
 */

const root = join(import.meta.dirname, "../..");
const binary = join(root, "bin/distill.js");
let folder: string;

const environment = () => ({
  PATH: process.env.PATH,
  HOME: folder,
  NO_COLOR: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@example.com",
  GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z",
  GIT_COMMITTER_DATE: "2026-01-01T00:00:00Z",
});

function git(...args: string[]): { readonly status: number | null; readonly stdout: string } {
  const { status, stdout, stderr } = spawnSync("git", args, {
    cwd: folder,
    env: environment(),
    encoding: "utf8",
  });
  return { status, stdout: stdout + stderr };
}

function distill(...args: string[]): { readonly code: number | null; readonly told: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [binary, ...args], {
    cwd: folder,
    env: environment(),
    encoding: "utf8",
  });
  return { code: status, told: stderr + stdout };
}

function edit(path: string, from: string, to: string): void {
  const before = readFileSync(join(folder, path), "utf8");
  if (!before.includes(from)) throw new Error(`${path} does not hold ${from}`);
  writeFileSync(join(folder, path), before.replace(from, to));
}

function branch(name: string, change: () => void): void {
  git("checkout", "-q", "-b", name, "main");
  change();
  const { code, told } = distill("run", "distill.yaml");
  if (code !== 0 && code !== 3) throw new Error(told);
  git("add", "-A");
  git("commit", "-q", "-m", name);
}

// Seconds differ from machine to machine, and digests with every change of the data.
const steady = (text: string) =>
  text
    .replaceAll(/\b\d+\.\d s\b/g, "0.0 s")
    .replaceAll(/About \d+ s/g, "About 0 s")
    .replaceAll(/(?<=[(, ])[0-9a-f]{7}(?=[,)])/g, "1a2b3c4");

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "distill-pr-")));
  cpSync(join(root, "examples"), folder, {
    recursive: true,
    filter: (path) => !/\.distill(\/|$)|distill\.(lock|evidence|report)/.test(path),
  });
  git("init", "-q", "-b", "main");
  const { code, told } = distill("run", "distill.yaml");
  if (code !== 0) throw new Error(told);
  git("add", "-A");
  git("commit", "-q", "-m", "main");
  branch("rule", () => edit("distill.yaml", ">= 0.6", ">= 0.7"));
  branch("grader", () => edit("distill.yaml", "operation: eq", "operation: ilike"));
  branch("retrain", () => edit("distill.yaml", "temperature: 0.5", "temperature: 1"));
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(["rule", "grader", "retrain"])("a branch that changes a %s", (name) => {
  beforeAll(() => void git("checkout", "-q", name));

  it("is planned, explained and compared so that a reviewer can decide", { timeout: 60_000 }, async () => {
    const told = [
      ["plan", "--against", "main", "distill.yaml"],
      ["explain", "student", "--against", "main", "--spec", "distill.yaml"],
      ["diff", "main", "--spec", "distill.yaml"],
      ["diff", "main", "--spec", "distill.yaml", "--markdown"],
      ["verify", "distill.yaml"],
      ["report", "distill.yaml"],
    ].map((args) => `$ distill ${args.join(" ")}\n\n${steady(distill(...args).told)}`);
    await expect(told.join("\n")).toMatchFileSnapshot(`pull-request/${name}.txt`);
  });

  it("says with every line of the terminal what fits 80 columns", () => {
    for (const args of [
      ["plan", "--against", "main", "distill.yaml"],
      ["diff", "main", "--spec", "distill.yaml"],
    ])
      expect(
        distill(...args)
          .told.split("\n")
          .filter((line) => line.length > 80),
      ).toEqual([]);
  });

  it("works in a clone that has nothing but git, and says the same", () => {
    const clone = `${folder}-clone`;
    execFileSync("git", ["clone", "-q", "--no-hardlinks", "--branch", name, folder, clone], {
      env: environment(),
    });
    execFileSync("git", ["branch", "-q", "main", "origin/main"], { cwd: clone, env: environment() });
    try {
      const here = distill("diff", "main", "--spec", "distill.yaml", "--markdown").told;
      const there = execFileSync(
        process.execPath,
        [binary, "diff", "main", "--spec", "distill.yaml", "--markdown"],
        { cwd: clone, env: environment(), encoding: "utf8" },
      );
      expect(there).toBe(here);
    } finally {
      rmSync(clone, { recursive: true, force: true });
    }
  });
});

describe("a merge of two branches", () => {
  it("is recognised as one that nobody ran, and a run renews it", { timeout: 60_000 }, async () => {
    git("checkout", "-q", "-b", "both", "rule");
    expect(git("merge", "-q", "retrain").status).not.toBe(0);
    const conflict = distill("lock", "--check", "distill.yaml");
    expect(conflict.code).toBe(1);
    git(
      "checkout",
      "--ours",
      "distill.lock",
      "distill.evidence.jsonl",
      "distill.report.md",
      "distill.report",
    );
    const ours = distill("lock", "--check", "distill.yaml");
    expect(ours.code).toBe(1);
    const renewed = distill("run", "distill.yaml");
    expect([0, 3]).toContain(renewed.code);
    expect(distill("verify", "distill.yaml").code).toBe(0);
    await expect(
      [
        "$ distill lock --check distill.yaml          # with the conflict in the lock",
        steady(conflict.told),
        "$ distill lock --check distill.yaml          # with one side taken",
        steady(ours.told),
        "$ distill run && distill diff rule --spec distill.yaml",
        steady(distill("diff", "rule", "--spec", "distill.yaml").told),
      ].join("\n\n"),
    ).toMatchFileSnapshot("pull-request/merge.txt");
  });
});
