import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { findLocks } from "../../src/cli/find-locks.ts";

describe("findLocks", () => {
  it("finds the locks of every branch, tag and stash, of remotes as fetched, of the index and of the working tree", async () => {
    const { git, write, root } = repository();
    const commit = (branch: string, text: string) => {
      git("checkout", "-q", "-b", branch, "main");
      write("specs/deep/router.lock", text);
      git("add", ".");
      git("commit", "-qm", branch);
    };
    commit("one", "of branch one");
    commit("two", "of branch two");
    git("update-ref", "refs/remotes/origin/two", "two");
    git("checkout", "-q", "one");
    git("branch", "-qD", "two");
    commit("three", "of a tag");
    git("tag", "-a", "v1", "-m", "one");
    git("tag", "-a", "v2", "-m", "a tag of a tag", "v1");
    git("tag", "blob", "HEAD:specs/deep/router.lock");
    git("checkout", "-q", "one");
    git("branch", "-qD", "three");
    git("tag", "-d", "v1");
    for (const text of ["stashed first", "stashed later"]) {
      write("specs/deep/router.lock", text);
      write("new.lock", `${text}, untracked`);
      git("stash", "-q", "--include-untracked");
    }
    git("checkout", "-q", "--detach");
    write("specs/deep/router.lock", "of a detached HEAD");
    git("commit", "-qam", "detached");
    write("staged.lock", "staged");
    git("add", "staged.lock");
    rmSync(join(root, "staged.lock"));
    write("here.lock", "in the working tree");
    write(".gitignore", "ignored.lock\n");
    write("ignored.lock", "ignored");
    expect([...(await findLocks(root))].sort()).toEqual([
      "ignored",
      "in the working tree",
      "of a detached HEAD",
      "of a tag",
      "of branch one",
      "of branch two",
      "of main",
      "staged",
      "stashed first",
      "stashed first, untracked",
      "stashed later",
      "stashed later, untracked",
    ]);
  });

  it("finds both sides of a merge that is not resolved, and what git has packed", async () => {
    const { git, write, root } = repository();
    git("checkout", "-q", "-b", "side");
    write("distill.lock", "of the side");
    git("commit", "-qam", "side");
    git("checkout", "-q", "main");
    write("distill.lock", "of main, later");
    git("commit", "-qam", "later");
    expect(() => git("merge", "-q", "side")).toThrow();
    git("branch", "-qD", "side");
    git("pack-refs", "--all");
    git("gc", "-q");
    const found = await findLocks(root);
    expect(found).toEqual(expect.arrayContaining(["of the side", "of main, later"]));
  });

  it("needs no commit, and no repository", async () => {
    const fresh = folder();
    writeFileSync(join(fresh, "a.lock"), "without git");
    expect(await findLocks(fresh)).toEqual(["without git"]);
    execFileSync("git", ["init", "-q", fresh]);
    expect(await findLocks(fresh)).toEqual(["without git"]);
  });

  it("follows no link, and looks into no folder of packages or of the store", async () => {
    const root = folder();
    const outside = folder();
    for (const path of ["node_modules/a/a.lock", ".distill/b.lock", "real.lock"]) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), path);
    }
    writeFileSync(join(outside, "c.lock"), "outside");
    symlinkSync(outside, join(root, "linked"));
    symlinkSync(join(outside, "c.lock"), join(root, "link.lock"));
    symlinkSync(root, join(root, "ring"));
    expect(await findLocks(root)).toEqual(["real.lock"]);
  });

  it("stops where git cannot tell, rather than to forget what a branch needs", async () => {
    const { git, root } = repository();
    git("checkout", "-q", "-b", "side");
    writeFileSync(join(root, "distill.lock"), "lost");
    git("commit", "-qam", "side");
    const tree = git("rev-parse", "HEAD^{tree}").trim();
    git("checkout", "-q", "main");
    const object = join(root, ".git/objects", tree.slice(0, 2), tree.slice(2));
    chmodSync(object, 0o644);
    rmSync(object);
    await expect(findLocks(root)).rejects.toMatchObject({
      message: expect.stringMatching(/^git could not tell which locks there are: /),
      hint: expect.stringContaining("nothing was removed"),
    });
  });

  it("runs nothing that the repository's own configuration names", async () => {
    const { git, write, root } = repository();
    const canary = join(root, "canary");
    const program = join(root, "program.sh");
    writeFileSync(program, `#!/bin/sh\ntouch ${canary}\n`, { mode: 0o755 });
    write(".gitattributes", "*.lock filter=evil diff=evil\n");
    git("add", ".");
    for (const name of [
      "core.fsmonitor",
      "filter.evil.smudge",
      "filter.evil.clean",
      "diff.evil.textconv",
      "core.pager",
    ])
      git("config", name, program);
    git("config", "core.hooksPath", root);
    rmSync(canary, { force: true });
    expect(await findLocks(root)).toContain("of main");
    expect(existsSync(canary)).toBe(false);
  });
});

function folder(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "distill-locks-")));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A repository whose main branch has one lock. */
function repository() {
  const root = folder();
  const env = {
    PATH: process.env.PATH,
    HOME: root,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
  };
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
      cwd: root,
      env,
      encoding: "utf8",
      stdio: "pipe",
    });
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  git("init", "-q", "-b", "main");
  write("distill.lock", "of main");
  git("add", ".");
  git("commit", "-qm", "main");
  return { root, git, write };
}
