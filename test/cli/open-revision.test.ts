import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openRevision, type Revision } from "../../src/cli/open-revision.ts";
import { type GitProject, gitProject } from "../support/git-project.ts";
import { againstFiles, ranProject } from "./against-project.ts";

describe("openRevision", () => {
  it("gives a spec with lock, evidence and report as they stand there, whatever lies in the working tree", async () => {
    const project = await ranProject();
    const [lock, report] = [project.read("distill.lock"), project.read("distill.report.md")];
    for (const path of ["distill.yaml", "distill.lock", "distill.report.md", "data/pool.jsonl"])
      project.write(path, "something else\n");
    const revision = await open(project, "main");
    expect(revision).toMatchObject({ hasSpec: true, notes: [], lock: { state: "good" } });
    expect(revision.plan?.spec.document.file).toBe("distill.yaml");
    expect([...revision.plan!.files.keys()]).toEqual(["pool", "labelled"]);
    expect(revision.beside(".lock")).toBe(lock);
    expect(revision.beside(".report.md")).toBe(report);
    expect(revision.beside(".evidence.jsonl")).toContain('{"evidence":1');
    expect(revision.beside(".nothing")).toBeUndefined();
    revision.close();
    expect(existsSync(revision.plan!.spec.root)).toBe(false);
  });

  it("reads a spec in a folder, by a tag, a short hash and a parent", async () => {
    const project = gitProject(
      Object.fromEntries(Object.entries(againstFiles).map(([path, text]) => [`specs/deep/${path}`, text])),
    );
    const first = project.git("rev-parse", "HEAD").trim();
    project.git("tag", "-a", "v1", "-m", "one");
    project.edit("specs/deep/distill.yaml", "name: inbox", "name: outbox");
    project.commit("second");
    for (const rev of ["v1", first.slice(0, 8), "HEAD~1", "main^"]) {
      const revision = await open(project, rev, "specs/deep/distill.yaml");
      expect({ rev, commit: revision.commit, name: revision.plan?.spec.name }).toEqual({
        rev,
        commit: first,
        name: "inbox",
      });
    }
  });

  it("lays out nothing that the spec does not name, and leaves nothing behind", async () => {
    const project = gitProject({ ...againstFiles, "secret.txt": "not named", "data/other.jsonl": "{}" });
    const before = laidOut();
    const revision = await open(project, "main");
    const root = revision.plan!.spec.root;
    expect(readdirSync(root).sort()).toEqual([".git", "data", "distill.yaml"]);
    expect(readdirSync(join(root, "data")).sort()).toEqual(["answers.jsonl", "labelled.jsonl", "pool.jsonl"]);
    revision.close();
    expect(laidOut()).toEqual(before);
    await expect(open(project, "nowhere")).rejects.toMatchObject({ code: 2 });
    expect(laidOut()).toEqual(before);
  });

  it("tells why a spec is not there or does not validate", async () => {
    const project = gitProject({ "README.md": "x" });
    project.write("distill.yaml", againstFiles["distill.yaml"]!);
    expect(await open(project, "main")).toMatchObject({
      hasSpec: false,
      plan: undefined,
      diagnostics: [{ message: "main has no such file", file: "distill.yaml" }],
    });
    project.commit("a spec without its data");
    expect(await open(project, "main")).toMatchObject({
      hasSpec: true,
      plan: undefined,
      diagnostics: expect.arrayContaining([
        expect.objectContaining({ message: "there is no file data/pool.jsonl" }),
      ]),
    });
  });

  it("takes values of --set that the revision declares, and no others", async () => {
    const project = gitProject(againstFiles);
    project.edit("distill.yaml", "name: inbox", "name: inbox\nvars: { margin: 0.5 }");
    project.edit("distill.yaml", "margin: 0.5 }\n", 'margin: 0.5 }\n# "${vars.margin}"\n');
    project.commit("vars");
    const { root, specFile } = placesOf(project);
    const revision = await openRevision({ root, specFile, rev: "main", set: ["margin=0.2", "later=a=b"] });
    onTestFinished(revision.close);
    expect(revision.diagnostics).toEqual([]);
  });
});

describe("what git has no content of", () => {
  const oid = "a".repeat(64);

  it("is known by its sha256 where it is a pointer of git LFS, here and there", async () => {
    const project = gitProject(againstFiles);
    project.write(
      "data/pool.jsonl",
      `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 1234\n`,
    );
    project.commit("pointer");
    const revision = await open(project, "main");
    expect(revision.notes).toEqual([
      "data/pool.jsonl is a git LFS pointer in main: its content is known by its sha256 alone",
    ]);
    expect(await revision.digest(revision.plan!.files.get("pool")!)).toBe(oid);
    const { stdout } = await project.distill(["plan", "--against", "main", "--json"]);
    expect(JSON.parse(stdout).steps[1]).toMatchObject({ id: "capture", reason: "not run in main" });
  });

  it("is taken from the lock where the way leads through a link, which is not followed", async () => {
    const project = await ranProject();
    const { lock } = await open(project, "main");
    const outside = join(dirname(project.folder), "outside.jsonl");
    rmSync(join(project.folder, "data"), { recursive: true });
    symlinkSync(outside, join(project.folder, "data"));
    project.commit("linked");
    const revision = await open(project, "main");
    expect(revision.notes).toEqual([
      "data/pool.jsonl leads through a link in main, which is not followed",
      "data/labelled.jsonl leads through a link in main, which is not followed",
      "data/answers.jsonl leads through a link in main, which is not followed",
    ]);
    if (lock?.state !== "good") throw new Error("the lock is not good");
    expect(await revision.digest(revision.plan!.files.get("pool")!)).toBe(lock.lock.sources.pool);
  });
});

describe("a repository that was made to harm", () => {
  it("cannot have its filters, textconv, hooks, monitor or signing program run", async () => {
    const project = await ranProject();
    const { canary, program } = trap(project);
    project.write(".gitattributes", "* filter=evil diff=evil\n");
    project.commit("attributes");
    for (const name of [
      "core.fsmonitor",
      "core.pager",
      "core.sshCommand",
      "core.editor",
      "core.askPass",
      "diff.external",
      "diff.evil.textconv",
      "diff.evil.command",
      "filter.evil.clean",
      "filter.evil.smudge",
      "filter.evil.process",
      "gpg.program",
      "credential.helper",
      "uploadpack.packObjectsHook",
    ])
      project.git("config", name, program);
    project.git("config", "log.showSignature", "true");
    project.git("config", "core.hooksPath", project.folder);
    // The trap works: git itself falls into it.
    expect(() => project.git("status")).toThrow();
    expect(existsSync(canary)).toBe(true);
    rmSync(canary);
    for (const args of [
      ["plan", "--against", "main"],
      ["explain", "exam", "--against", "main"],
      ["plan", "--select", "state:modified+"],
      ["verify"],
      ["diff", "main"],
    ])
      expect({ args, code: (await project.distill(args)).code }).toEqual({ args, code: 0 });
    expect(existsSync(canary)).toBe(false);
  });

  it("cannot make a partial clone fetch what it lacks", async () => {
    const project = gitProject(againstFiles);
    const { canary, program } = trap(project);
    const blob = project.git("rev-parse", "HEAD:data/pool.jsonl").trim();
    const object = join(project.folder, ".git/objects", blob.slice(0, 2), blob.slice(2));
    chmodSync(object, 0o644);
    rmSync(object);
    for (const [name, value] of [
      ["core.repositoryFormatVersion", "1"],
      ["extensions.partialClone", "origin"],
      ["remote.origin.promisor", "true"],
      ["remote.origin.url", `file://${project.folder}`],
      ["remote.origin.uploadpack", program],
      ["protocol.allow", "always"],
    ])
      project.git("config", name!, value!);
    expect(() => project.git("cat-file", "blob", blob)).toThrow();
    expect(existsSync(canary)).toBe(true);
    rmSync(canary);
    expect(await project.distill(["plan", "--against", "main"])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^git has no content of [0-9a-f]{12}: .*\n.*git fetch --refetch brings it\n$/s,
      ),
    });
    expect(existsSync(canary)).toBe(false);
  });

  it("is not obeyed by variables that were set outside", async () => {
    const project = gitProject(againstFiles);
    const other = gitProject({ "distill.yaml": "version: 1\n" });
    const { canary, program } = trap(project);
    const { code, stdout } = await project.distill(["plan", "--against", "main"], {
      env: {
        GIT_DIR: join(other.folder, ".git"),
        GIT_WORK_TREE: other.folder,
        GIT_OBJECT_DIRECTORY: "/nowhere",
        GIT_EXTERNAL_DIFF: program,
        GIT_SSH_COMMAND: program,
        GIT_EXEC_PATH: "/nowhere",
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "core.fsmonitor",
        GIT_CONFIG_VALUE_0: program,
      },
    });
    expect(code).toBe(0);
    expect(stdout).toContain("not run in main");
    expect(existsSync(canary)).toBe(false);
  });

  it("cannot have a link read in the place of the spec or its lock", async () => {
    const project = gitProject(againstFiles);
    const outside = join(project.folder, "..", `outside-${process.pid}.yaml`);
    writeFileSync(outside, againstFiles["distill.yaml"]!);
    onTestFinished(() => rmSync(outside, { force: true }));
    for (const name of ["distill.yaml", "distill.lock"]) {
      rmSync(join(project.folder, name), { force: true });
      symlinkSync(outside, join(project.folder, name));
    }
    project.commit("links");
    const revision = await open(project, "main");
    expect(revision).toMatchObject({ hasSpec: false, plan: undefined, lock: undefined });
    expect(revision.beside(".lock")).toBeUndefined();
  });

  it("cannot have anything written or read above the folder", async () => {
    const project = gitProject(againstFiles);
    const before = laidOut();
    const blob = hashObject(project, "pwned");
    const spec = hashObject(
      project,
      againstFiles["distill.yaml"]!.replace("data/pool.jsonl", "../../pwned")
        .replace("data/labelled.jsonl", "..")
        .replace("data/answers.jsonl", "/etc/passwd"),
    );
    const inner = makeTree(project, [`100644 ${"pwned"}`, blob]);
    const tree = makeTree(
      project,
      [`40000 ..`, inner],
      [`100644 ../../pwned`, blob],
      [`100644 /etc/passwd`, blob],
      [`100644 distill.yaml`, spec],
    );
    const commit = project.git("commit-tree", tree, "-m", "evil").trim();
    const revision = await open(project, commit);
    expect(revision).toMatchObject({ hasSpec: true, plan: undefined });
    for (const folder of [tmpdir(), dirname(tmpdir()), project.folder])
      expect(existsSync(join(folder, "pwned"))).toBe(false);
    revision.close();
    expect(laidOut()).toEqual(before);
  });

  it("is refused in words where no file system takes its tree", async () => {
    const project = gitProject(againstFiles);
    const [spec, blob] = [hashObject(project, spoilt), hashObject(project, "{}")];
    const inner = makeTree(project, ["100644 b", blob]);
    const tree = makeTree(project, ["100644 a", blob], ["40000 a", inner], ["100644 distill.yaml", spec]);
    const commit = project.git("commit-tree", tree, "-m", "evil").trim();
    const before = laidOut();
    await expect(open(project, commit)).rejects.toMatchObject({
      code: 1,
      message: expect.stringContaining("cannot be laid out"),
    });
    expect(laidOut()).toEqual(before);
  });
});

const spoilt = againstFiles["distill.yaml"]!.replace("data/pool.jsonl", "a").replace(
  "data/labelled.jsonl",
  "a/b",
);

function placesOf({ folder }: GitProject, spec = "distill.yaml") {
  return { root: folder, specFile: join(folder, spec) };
}

async function open(project: GitProject, rev: string, spec?: string): Promise<Revision> {
  const revision = await openRevision({ ...placesOf(project, spec), rev });
  onTestFinished(revision.close);
  return revision;
}

/** Folders that revisions were laid into and that are still there. */
function laidOut(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("distill-revision-"));
}

/** A program that leaves a mark when it is run. */
function trap({ folder }: GitProject): { readonly canary: string; readonly program: string } {
  const canary = join(folder, ".git/canary");
  const program = join(folder, ".git/trap/program.sh");
  mkdirSync(dirname(program));
  writeFileSync(program, `#!/bin/sh\ntouch ${canary}\n`, { mode: 0o755 });
  return { canary, program };
}

function hashObject({ folder }: GitProject, text: string): string {
  return plumbing(folder, ["hash-object", "-w", "--stdin"], text);
}

/** A tree as no git would write it. */
function makeTree(
  { folder }: GitProject,
  ...entries: readonly (readonly [head: string, object: string])[]
): string {
  const content = Buffer.concat(
    entries.map(([head, object]) => Buffer.concat([Buffer.from(`${head}\0`), Buffer.from(object, "hex")])),
  );
  return plumbing(folder, ["hash-object", "-w", "-t", "tree", "--literally", "--stdin"], content);
}

function plumbing(cwd: string, args: readonly string[], input: string | Buffer): string {
  return execFileSync("git", args, { cwd, input, encoding: "utf8" }).trim();
}
