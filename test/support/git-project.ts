import { execFileSync } from "node:child_process";
import { type CliRig, cliRig } from "./cli-rig.ts";

/** A project folder that is a git repository with one commit on `main`. */
export interface GitProject extends CliRig {
  /** Runs git in it, with nobody's configuration, and gives what it printed. */
  git(...args: readonly string[]): string;
  /** Replaces text in a file; it must be there. */
  edit(path: string, from: string | RegExp, to: string): void;
  /** Commits all that there is, and gives the commit. */
  commit(message: string): string;
  /** Starts a branch at `main` and goes to it. */
  branch(name: string): void;
}

/**
 * A repository that is gone after the test; authors and dates are fixed, so that hashes are. `like` is the folder of
 * another one, which is copied with all its commits.
 */
export function gitProject(files: { readonly [path: string]: string }, like?: string): GitProject {
  const rig = cliRig(files, like);
  const git = (...args: readonly string[]) =>
    execFileSync("git", args, { cwd: rig.folder, env: environment, encoding: "utf8", stdio: "pipe" });
  const project: GitProject = {
    ...rig,
    git,
    edit(path, from, to) {
      const before = rig.read(path);
      const after = before.replace(from, to);
      if (before === after) throw new Error(`${path} does not hold ${from}`);
      rig.write(path, after);
    },
    commit(message) {
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "-m", message);
      return git("rev-parse", "HEAD").trim();
    },
    branch: (name) => void git("checkout", "--quiet", "-b", name, "main"),
  };
  if (like === undefined) {
    git("init", "--quiet", "-b", "main");
    project.commit("main");
  }
  return project;
}

const environment = {
  PATH: process.env.PATH,
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@example.com",
  GIT_COMMITTER_DATE: "2026-01-01T00:00:00Z",
};
