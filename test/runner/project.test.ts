import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findProjectRoot, resolveProjectPath } from "../../src/runner/project.ts";

let top: string;

beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), "distill-project-")));
  mkdirSync(join(top, "repo/specs/data"), { recursive: true });
  writeFileSync(join(top, "repo/specs/data/pool.jsonl"), "");
  writeFileSync(join(top, "outside.jsonl"), "");
});

afterEach(() => rmSync(top, { recursive: true, force: true }));

describe("the project root", () => {
  it("is the nearest folder above with .git, else the spec's own", () => {
    const spec = join(top, "repo/specs/a.yaml");
    expect(findProjectRoot(spec)).toBe(join(top, "repo/specs"));
    mkdirSync(join(top, "repo/.git"));
    expect(findProjectRoot(spec)).toBe(join(top, "repo"));
  });
});

describe("a path of a spec", () => {
  const resolve = (path: string) =>
    resolveProjectPath(join(top, "repo"), join(top, "repo/specs/a.yaml"), path);

  it("is relative to the spec and may go up inside the project", () => {
    expect(resolve("data/pool.jsonl")).toEqual({ ok: true, path: join(top, "repo/specs/data/pool.jsonl") });
    expect(resolve("../specs/data/pool.jsonl")).toMatchObject({ ok: true });
  });

  it("may not leave the project, by dots, by a link, or by being absolute", () => {
    expect(resolve("../../outside.jsonl")).toEqual({ ok: false, reason: "outside" });
    expect(resolve("../../nowhere/at/all")).toEqual({ ok: false, reason: "outside" });
    expect(resolve(join(top, "repo/specs/data/pool.jsonl"))).toEqual({ ok: false, reason: "absolute" });
    expect(resolve("C:\\data")).toEqual({ ok: false, reason: "absolute" });
    symlinkSync(join(top, "outside.jsonl"), join(top, "repo/specs/data/link.jsonl"));
    expect(resolve("data/link.jsonl")).toEqual({ ok: false, reason: "outside" });
    symlinkSync(top, join(top, "repo/specs/up"));
    expect(resolve("up/outside.jsonl")).toEqual({ ok: false, reason: "outside" });
  });

  it("that is missing is told so", () => {
    expect(resolve("data/pol.jsonl")).toEqual({ ok: false, reason: "missing" });
  });
});
