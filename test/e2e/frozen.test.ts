import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CliRig, cliRig } from "../support/cli-rig.ts";

async function doneProject(): Promise<CliRig & { readonly at: (name: string) => string }> {
  const rig = cliRig();
  expect((await rig.distill(["init"])).code).toBe(0);
  expect((await rig.distill(["run"])).code).toBe(0);
  return { ...rig, at: (name) => join(rig.folder, name) };
}

describe("run --frozen", () => {
  it("passes where everything is kept and lock and report say so", async () => {
    const rig = await doneProject();
    const { code, stdout } = await rig.distill(["run", "--frozen"]);
    expect(stdout).toContain("Everything is kept, nothing was run");
    expect(code).toBe(0);
  });

  it("refuses to be told to run something", async () => {
    const rig = await doneProject();
    expect(await rig.distill(["run", "--frozen", "--force", "student"])).toMatchObject({ code: 2 });
  });

  it("fails where the report is missing, and writes none", async () => {
    const rig = await doneProject();
    const report = readFileSync(rig.at("distill.report.md"), "utf8");
    rmSync(rig.at("distill.report.md"));
    const { code, stderr } = await rig.distill(["run", "--frozen"]);
    expect(stderr).toContain("distill.report.md is missing or says something else");
    expect(code).toBe(5);
    expect(() => readFileSync(rig.at("distill.report.md"))).toThrow("ENOENT");
    rig.write("distill.report.md", report);
  });

  it("fails where the lock was edited, or says something else", async () => {
    const rig = await doneProject();
    const lock = readFileSync(rig.at("distill.lock"), "utf8");
    rig.write("distill.lock", lock.replace("verdict: pass", "verdict: fail"));
    const edited = await rig.distill(["run", "--frozen"]);
    expect(edited.stderr).toContain("distill.lock is stale");
    expect(edited.code).toBe(5);
    rig.write("distill.lock", lock);
    rmSync(rig.at("distill.lock"));
    expect(await rig.distill(["run", "--frozen"])).toMatchObject({ code: 5 });
    rig.write("distill.lock", lock);
  });

  it("fails on an empty store, says what to do, and makes none", async () => {
    const rig = await doneProject();
    rmSync(rig.at(".distill"), { recursive: true });
    const { code, stderr } = await rig.distill(["run", "--frozen"]);
    expect(stderr).toMatchInlineSnapshot(`
      "--frozen runs nothing, and this project has no store yet
      run without --frozen, or distill store pull DIRECTORY first
      "
    `);
    expect(code).toBe(5);
    // What is free is recomputed to what the lock names.
    const lock = readFileSync(rig.at("distill.lock"), "utf8");
    expect((await rig.distill(["run"])).code).toBe(0);
    expect(readFileSync(rig.at("distill.lock"), "utf8")).toBe(lock);
  });
});
