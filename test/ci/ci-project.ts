import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bareEnvironment, makeFolder } from "./run-action.ts";

/** What the distill of a test prints, by command and flags: `verify --json`, `store pull`, `run --json --frozen`. */
export interface Answers {
  readonly [call: string]: {
    readonly code?: number;
    readonly json?: object;
    readonly stdout?: string;
    readonly stderr?: string;
  };
}

/** How distill was called. */
export interface DistillCall {
  readonly args: readonly string[];
  /** Names only. */
  readonly env: readonly string[];
}

/** A git repository with a branch that began at main's first commit. */
export interface CiProject {
  readonly folder: string;
  /** The commit of main that the branch began at, and main's tip, which moved on since. */
  readonly began: string;
  readonly tip: string;
  git(...args: readonly string[]): string;
  write(path: string, text: string): void;
  remove(path: string): void;
  answer(answers: Answers): void;
  calls(): readonly DistillCall[];
  /** The event of the pull request; `fork` names the head's repository. */
  event(options?: { readonly fork?: string; readonly number?: number }): object;
}

/** The files of a spec that was run, as far as they are read here. */
export const committed = {
  "router.yaml": "version: 1\nname: router\nsteps:\n  verdict: { uses: compare }\n",
  "router.lock": "# Written by distill: what ran, by content. Commit it; do not edit it.\n",
  "router.report.md": "# distill: router ✅ PASS\n\nAll is well.\n",
} as const;

/** What a good spec gets. */
export const good: Answers = {
  "validate --json": { json: { valid: true, diagnostics: [] } },
  "plan --json": {
    json: {
      against: "main",
      steps: [
        { id: "select", action: "run", reason: "rule sure: >= 0.6 → >= 0.7" },
        { id: "exam", action: "open", reason: "depends on select" },
        { id: "split", action: "reuse", reason: "kept" },
      ],
      send: { requests: 0 },
    },
  },
  plan: { stdout: "  select   run     rule sure: >= 0.6 → >= 0.7\n  exam     maybe   depends on select\n" },
  "verify --json": { json: { ok: true, verdict: "pass", checked: [], faults: [] } },
  "diff --markdown": {
    stdout:
      "### distill: router ✅ PASS (was: ❌ FAIL)\n\n| correct, 600 items | main | this branch |\n|---|---|---|\n| routed | 96.0 % | 97.2 % |\n\n#### Rows\n\n114 rows fewer in training.\n",
  },
  "store pull": { stdout: "pulled 9 steps\n" },
  "run --json --frozen": { json: { run: "r1", verdict: "pass", steps: [], cost_usd: null, requests: 0 } },
};

/** Makes the repository, with a distill among its packages that answers what the test says. */
export function openCiProject(files: { readonly [path: string]: string } = committed): CiProject {
  const folder = makeFolder("distill-ci-");
  const git = (...args: readonly string[]) =>
    execFileSync("git", args, {
      cwd: folder,
      encoding: "utf8",
      env: { ...bareEnvironment(folder), ...AUTHOR },
    }).trim();
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  git("init", "--quiet", "--initial-branch=main");
  for (const [path, text] of Object.entries({ ...files, ".gitignore": "node_modules/\n" })) write(path, text);
  git("add", "--all");
  git("commit", "--quiet", "--message=main");
  const began = git("rev-parse", "HEAD");
  git("switch", "--quiet", "--create", "stricter");
  git("commit", "--quiet", "--allow-empty", "--message=stricter");
  git("switch", "--quiet", "main");
  git("commit", "--quiet", "--allow-empty", "--message=moved on");
  const tip = git("rev-parse", "HEAD");
  git("switch", "--quiet", "stricter");
  mkdirSync(join(folder, "node_modules/.bin"), { recursive: true });
  symlinkSync(distill, join(folder, "node_modules/.bin/distill"));
  const answer = (answers: Answers) =>
    writeFileSync(join(folder, ".git/answers.json"), JSON.stringify(answers));
  answer(good);
  return {
    folder,
    began,
    tip,
    git,
    write,
    remove: (path) => rmSync(join(folder, path), { recursive: true }),
    answer,
    calls: () => readLines(join(folder, ".git/calls.jsonl")).map((line) => JSON.parse(line) as DistillCall),
    event: ({ fork = "acme/router", number = 7 } = {}) => ({
      action: "synchronize",
      number,
      pull_request: {
        number,
        base: { ref: "main", sha: tip, repo: { full_name: "acme/router" } },
        head: { ref: "stricter", sha: git("rev-parse", "HEAD"), repo: { full_name: fork } },
      },
    }),
  };
}

/** What is called; a test of the real one puts bin/distill.js in its place. */
const distill = join(import.meta.dirname, "fake-distill.mjs");

const AUTHOR = {
  GIT_AUTHOR_NAME: "A",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_AUTHOR_DATE: "2026-11-24T10:00:00Z",
  GIT_COMMITTER_NAME: "A",
  GIT_COMMITTER_EMAIL: "a@example.com",
  GIT_COMMITTER_DATE: "2026-11-24T10:00:00Z",
};

function readLines(file: string): readonly string[] {
  return existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
    : [];
}
