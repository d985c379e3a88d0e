import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { filesIn } from "../runner/shared-store/fixtures.ts";
import { type CliRig, cliRig } from "../support/cli-rig.ts";
import { cascadeProject } from "./cascade-project.ts";

/** A project that ran, and a clone of it that has its files and no store; `share` is a directory beside. */
async function projectAndClone(): Promise<{
  readonly rig: CliRig;
  readonly clone: CliRig;
  readonly share: string;
}> {
  const rig = cascadeProject();
  expect((await rig.distill(["run"])).code).toBe(0);
  const clone = cliRig({}, rig.folder);
  rmSync(join(clone.folder, ".distill"), { recursive: true });
  return { rig, clone, share: join(cliRig().folder, "share") };
}

describe("distill store push and pull", () => {
  it("tell what they brought, and what was there", async () => {
    const { rig, clone, share } = await projectAndClone();
    const told = async (where: CliRig, args: readonly string[]) => {
      const { code, stdout, stderr } = await where.distill(args);
      return `${code} ${stdout}${stderr}`.replaceAll(share, "SHARE").replace(/\(\d+ kB\)/, "(… kB)");
    };
    expect(await told(rig, ["store", "push", share])).toBe("0 pushed 2 steps, 2 files, 120 answers (… kB)\n");
    expect(await told(rig, ["store", "push", share])).toBe(
      "0 nothing to be pushed: 2 steps, 2 files, 120 answers were there already\n",
    );
    expect(await told(clone, ["store", "pull", share, "distill.yaml"])).toBe(
      "0 pulled 2 steps, 2 files, 120 answers (… kB)\n",
    );
    const json = JSON.parse((await clone.distill(["store", "pull", share, "--json"])).stdout);
    expect(json).toEqual({
      directory: share,
      steps: { moved: 0, there: 2 },
      files: { moved: 0, there: 2 },
      answers: { moved: 0, there: 120 },
      bytes: 0,
      missing: [],
      other: [],
      refused: [],
      erased: [],
      other_answers: 0,
      erased_answers: 0,
      damaged: [],
      damaged_here: [],
    });
  });

  it("refuse what is damaged, tell it, and exit with 1; what is sound comes", async () => {
    const { rig, clone, share } = await projectAndClone();
    await rig.distill(["store", "push", share]);
    const name = filesIn(share).find((path) => path.startsWith("objects/"))!;
    writeFileSync(join(share, name), "something else");
    const pulled = await clone.distill(["store", "pull", share]);
    expect(pulled).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /^pulled 1 step, 1 file, 120 answers \(\d+ kB\)\nleft out, for something of it is damaged: (tune|routed)\n/,
      ),
      stderr:
        "What is damaged was refused.\ndistill store push, from where it is still whole, brings it back\n",
    });
    expect(pulled.stdout).toContain(`damaged in ${share}:\n  ${name}  `);
    const pushed = await rig.distill(["store", "push", share]);
    expect(pushed).toMatchObject({ code: 1, stdout: expect.stringContaining(name) });
    expect(await clone.distill(["store", "pull", share])).toMatchObject({ code: 0 });
  });

  it("say which steps are not to be had", async () => {
    const { rig, clone, share } = await projectAndClone();
    expect(await clone.distill(["store", "push", share])).toMatchObject({
      code: 1,
      stderr: "nothing is stored in this project yet\ndistill run makes what is to be pushed\n",
    });
    const other = cliRig();
    await other.distill(["init"]);
    await other.distill(["run"]);
    await other.distill(["store", "push", share]);
    expect((await clone.distill(["store", "pull", share])).stdout).toBe(
      `nothing to be pulled\nnot in ${share}: routed, tune\n`,
    );
    expect((await clone.distill(["store", "push", share])).stdout).toBe(
      "nothing to be pushed\nnot in this store: routed, tune\n",
    );
    expect(await rig.distill(["store", "push", share])).toMatchObject({ code: 0 });
  });

  it("need a lock, and take what a stale one names; a newer one is refused", async () => {
    const { rig, clone, share } = await projectAndClone();
    await rig.distill(["store", "push", share]);
    const lock = readFileSync(join(clone.folder, "distill.lock"), "utf8");
    clone.write("distill.lock", `<<<<<<< ours\n${lock}`);
    const stale = await clone.distill(["store", "pull", share]);
    expect(stale).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^pulled 2 steps, 2 files, 120 answers/),
    });
    expect(stale.stderr).toContain("distill.lock is stale: ");
    clone.write("distill.lock", "digest: a\nlock: 99\n");
    expect(await clone.distill(["store", "pull", share])).toMatchObject({
      code: 2,
      stderr: "distill.lock was written by a newer distill (format 99)\nupgrade distill\n",
    });
    rmSync(join(clone.folder, "distill.lock"));
    expect(await clone.distill(["store", "pull", share])).toMatchObject({
      code: 1,
      stderr: "there is no distill.lock\ndistill run distill.yaml writes it\n",
    });
  });

  it("take several specs of one project, and none of two", async () => {
    const { rig, clone, share } = await projectAndClone();
    for (const one of [rig, clone])
      one.write("second.yaml", one.read("distill.yaml").replace("max: 0.1", "max: 0.001"));
    expect((await rig.distill(["run", "second.yaml"])).code).toBe(0);
    cpSync(join(rig.folder, "second.lock"), join(clone.folder, "second.lock"));
    const specs = ["distill.yaml", "second.yaml"];
    expect((await rig.distill(["store", "push", share, ...specs])).stdout).toMatch(/^pushed 3 steps, /);
    expect((await clone.distill(["store", "pull", share, ...specs])).stdout).toMatch(/^pulled 3 steps, /);
    expect(
      await rig.distill(["store", "push", share, "distill.yaml", join(clone.folder, "distill.yaml")]),
    ).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("several projects"),
    });
  });
});
