import { suggest } from "../runner/suggest.ts";
import { exit } from "./exit.ts";
import { Stop } from "./stop.ts";

/** What git said, or why it could not. */
export type GitResult =
  | { readonly ok: true; readonly stdout: string }
  | { readonly ok: false; readonly reason: string };

/**
 * Runs git in a folder: without a shell, hooks, file-system monitor, prompts or lazy fetches, and with nothing of the
 * caller's own `GIT_…` environment. Only plumbing that reads objects belongs here.
 */
export async function runGit(root: string, args: readonly string[]): Promise<GitResult> {
  const { execa } = await import("execa");
  const result = await execa("git", [...guards, ...args], {
    cwd: root,
    env: environment,
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    stdin: "ignore",
  });
  if (!result.failed) return { ok: true, stdout: result.stdout };
  if (result.code === "ENOENT") return { ok: false, reason: "git is not installed" };
  return { ok: false, reason: result.stderr.trim().split("\n")[0] ?? "git failed" };
}

/** The content of a blob as it is in git: no filter, no textconv. Undefined where there is none. */
export async function readBlob(root: string, object: string): Promise<Uint8Array | undefined> {
  const { execa } = await import("execa");
  const result = await execa("git", [...guards, "cat-file", "blob", object], {
    cwd: root,
    env: environment,
    extendEnv: false,
    reject: false,
    encoding: "buffer",
    stripFinalNewline: false,
    maxBuffer: 4 * 2 ** 30,
    stdin: "ignore",
  });
  return result.failed ? undefined : result.stdout;
}

/** The commit that a revision means. @throws Stop where there is none, with the branch that was probably meant */
export async function resolveCommit(root: string, rev: string): Promise<string> {
  if (rev.startsWith("-") || /[\0\n]/.test(rev))
    throw new Stop(exit.usage, `${JSON.stringify(rev)} is no revision`);
  const found = await runGit(root, [
    "rev-parse",
    "--verify",
    "--quiet",
    "--end-of-options",
    `${rev}^{commit}`,
  ]);
  if (found.ok) return found.stdout.trim();
  const inside = await runGit(root, ["rev-parse", "--is-inside-work-tree"]);
  if (!inside.ok) throw new Stop(exit.usage, `revisions need git, and here is none: ${inside.reason}`);
  const branches = await runGit(root, [
    "for-each-ref",
    "--format=%(refname:short)",
    "refs/heads",
    "refs/remotes",
  ]);
  const near = branches.ok ? suggest(rev, branches.stdout.split("\n").filter(Boolean)) : undefined;
  const shallow = await runGit(root, ["rev-parse", "--is-shallow-repository"]);
  throw new Stop(
    exit.usage,
    `git knows no revision "${rev}"`,
    near !== undefined
      ? `did you mean "${near}"?`
      : shallow.ok && shallow.stdout.trim() === "true"
        ? "this clone is shallow: fetch the whole history"
        : undefined,
  );
}

const guards = [
  "-c",
  "core.fsmonitor=false",
  "-c",
  "core.hooksPath=/dev/null",
  "-c",
  "log.showSignature=false",
];

const environment = {
  PATH: process.env.PATH ?? "",
  HOME: process.env.HOME ?? "",
  LC_ALL: "C",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_TERMINAL_PROMPT: "0",
  GIT_NO_LAZY_FETCH: "1",
};
