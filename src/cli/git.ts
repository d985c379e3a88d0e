import { suggest } from "../runner/suggest.ts";
import { exit } from "./exit.ts";
import { Stop } from "./stop.ts";

/** What git said, or why it said nothing. */
export type GitAnswer =
  | { readonly ok: true; readonly stdout: Buffer }
  | {
      readonly ok: false;
      /** `missing`: there is no git; `foreign`: the folder is in no repository that git may read. */
      readonly state: "missing" | "foreign" | "failed";
      /** What git said of it, in one line. */
      readonly reason: string;
    };

/**
 * Runs git in a folder. Of the world it sees its own configuration alone: no connection can be opened, and no hook,
 * monitor or signing program that the repository names is run. Callers keep to commands that apply no filter and no
 * textconv.
 */
export async function runGit(
  root: string,
  args: readonly string[],
  options: {
    /** A file that standard output goes to instead. */
    readonly into?: string;
  } = {},
): Promise<GitAnswer> {
  const { execa } = await import("execa");
  const result = await execa("git", [...fixed, ...args], {
    cwd: root,
    extendEnv: false,
    env: environment(),
    reject: false,
    stdin: "ignore",
    encoding: "buffer",
    stripFinalNewline: false,
    maxBuffer: 1 << 30,
    ...(options.into === undefined ? {} : { stdout: { file: options.into }, buffer: { stdout: false } }),
  });
  if (!result.failed) return { ok: true, stdout: Buffer.from(result.stdout ?? []) };
  if (result.code === "ENOENT") return { ok: false, state: "missing", reason: "there is no git here" };
  const said = Buffer.from(result.stderr ?? [])
    .toString()
    .trim();
  return {
    ok: false,
    state: /not a git repository|dubious ownership/.test(said) ? "foreign" : "failed",
    reason: said.split("\n")[0]?.replace(/^(fatal|error): /, "") || result.shortMessage || "it failed",
  };
}

/**
 * The commit that a revision names, as a full hash.
 *
 * @throws Stop with exit code 2 where it names none, with what was perhaps meant
 */
export async function findCommit(root: string, rev: string): Promise<string> {
  // What begins so is an option to git, and no branch can be called that.
  if (rev === "" || rev.startsWith("-") || rev.includes("\0"))
    throw new Stop(exit.usage, `${JSON.stringify(rev)} is no revision`, "name a branch, a tag or a commit");
  const found = await verifyCommit(root, rev);
  if (found.ok) return found.stdout.toString().trim();
  if (found.state === "missing") throw new Stop(exit.failed, found.reason, "install git, or leave this out");
  if (found.state === "foreign")
    throw new Stop(exit.failed, `git cannot read ${root}: ${found.reason}`, foreignHint(found.reason));
  throw new Stop(exit.usage, `git knows no revision "${rev}" here`, await hintFor(root, rev));
}

/**
 * The commit at which the current branch began: where it left origin's default branch, or `main`, or `master`.
 * Undefined where none of them is known.
 */
export async function findBranchPoint(root: string): Promise<string | undefined> {
  for (const base of ["origin/HEAD", "origin/main", "origin/master", "main", "master"]) {
    const commit = await verifyCommit(root, base);
    if (!commit.ok) continue;
    const merged = await runGit(root, ["merge-base", "HEAD", commit.stdout.toString().trim()]);
    if (merged.ok) return merged.stdout.toString().trim();
  }
  return undefined;
}

const fixed: readonly string[] = [
  ["core.fsmonitor", "false"],
  ["core.hooksPath", "/dev/null"],
  ["core.pager", "cat"],
  ["log.showSignature", "false"],
].flatMap(([name, value]) => ["-c", `${name}=${value}`]);

function environment(): { readonly [name: string]: string } {
  const kept = ["PATH", "HOME", "XDG_CONFIG_HOME", "SystemRoot", "USERPROFILE"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(kept),
    LC_ALL: "C",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_LAZY_FETCH: "1",
    // Older gits do not know the line above, and would fetch what a partial clone lacks.
    GIT_ALLOW_PROTOCOL: "",
    GIT_NO_REPLACE_OBJECTS: "1",
  };
}

function verifyCommit(root: string, rev: string): Promise<GitAnswer> {
  return runGit(root, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${rev}^{commit}`]);
}

function foreignHint(reason: string): string {
  return reason.includes("dubious ownership")
    ? "it belongs to somebody else: git config --global --add safe.directory takes it in"
    : "a revision is looked for in the repository that holds the spec";
}

async function hintFor(root: string, rev: string): Promise<string> {
  const refs = await runGit(root, [
    "for-each-ref",
    "--format=%(refname:short)",
    "refs/heads",
    "refs/remotes",
    "refs/tags",
  ]);
  const names = refs.ok
    ? refs.stdout
        .toString()
        .split("\n")
        .filter((name) => name !== "")
    : [];
  const remote = names.find((name) => name.endsWith(`/${rev}`));
  const near = remote ?? suggest(rev, names);
  if (near !== undefined) return `did you mean "${near}"?`;
  const shallow = await runGit(root, ["rev-parse", "--is-shallow-repository"]);
  return shallow.ok && shallow.stdout.toString().trim() === "true"
    ? "this clone is shallow: git fetch --unshallow brings the rest (in a workflow: fetch-depth: 0)"
    : "git branch --all lists what there is";
}
