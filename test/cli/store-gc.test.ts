import { execFileSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openStore } from "../../src/runner/store/open-store.ts";
import { makeAnswer } from "../runner/store/answer.ts";
import { type CliRig, cliRig } from "../support/cli-rig.ts";
import { cascadeProject } from "./cascade-project.ts";

function git(rig: CliRig, ...args: readonly string[]): void {
  const env = {
    PATH: process.env.PATH,
    HOME: rig.folder,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
  };
  const identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
  execFileSync("git", [...identity, ...args], { cwd: rig.folder, env, stdio: "ignore" });
}

/** main and a branch that promises more than can be kept, each with its lock; the store has what both need, and the branch ran first. */
async function twoBranches(): Promise<CliRig> {
  const rig = cascadeProject();
  git(rig, "init", "-q", "-b", "main");
  git(rig, "add", ".");
  git(rig, "commit", "-qm", "main");
  git(rig, "checkout", "-q", "-b", "side");
  const spec = rig.read("distill.yaml");
  rig.write("distill.yaml", spec.replace("max: 0.1", "max: 0.001"));
  await runAndCommit(rig, "side");
  git(rig, "checkout", "-q", "main");
  await runAndCommit(rig, "main");
  return rig;
}

async function runAndCommit(rig: CliRig, message: string): Promise<void> {
  expect((await rig.distill(["run"])).code).toBe(0);
  git(rig, "add", ".");
  git(rig, "commit", "-qm", message);
}

describe("distill store gc", () => {
  it("keeps what the lock of any branch needs, and removes it when no branch does", async () => {
    const rig = await twoBranches();
    forgetRuns(rig);
    expect(await rig.distill(["store", "gc"])).toEqual({
      code: 0,
      stdout:
        "nothing to remove\nkept 3 steps, 3 files, which locks or the newest runs need\nkept 120 answers: answers cost money, and go only with --answers\n",
      stderr: "",
    });
    git(rig, "checkout", "-q", "side");
    expect(await rig.distill(["run", "--frozen"])).toMatchObject({ code: 0 });
    git(rig, "checkout", "-q", "main");
    git(rig, "branch", "-qD", "side");
    forgetRuns(rig);
    const dry = await rig.distill(["store", "gc", "--dry-run"]);
    expect(dry.stdout).toMatch(/^would remove 1 step, 1 file \(\d+ k?B\)\nkept 2 steps, 2 files, /);
    expect((await rig.distill(["store", "gc"])).stdout).toBe(dry.stdout.replace("would remove", "removed"));
    expect(await rig.distill(["run", "--frozen"])).toMatchObject({ code: 0 });
    expect(JSON.parse((await rig.distill(["store", "gc", "--json"])).stdout)).toEqual({
      dry_run: false,
      steps: { removed: 0, kept: 2 },
      files: { removed: 0, kept: 2 },
      answers: { removed: 0, kept: 120 },
      damaged: 0,
      bytes: 0,
      unlinked: 0,
      replays: { removed: 0, kept: 0 },
    });
  });

  it("keeps what a lock of a newer version, or a merge that nobody ran, names", async () => {
    const rig = await twoBranches();
    git(rig, "checkout", "-q", "side");
    const side = rig.read("distill.lock");
    git(rig, "checkout", "-q", "main");
    git(rig, "branch", "-qD", "side");
    forgetRuns(rig);
    rig.write("distill.lock", `<<<<<<< ours\n${rig.read("distill.lock")}=======\n${side}>>>>>>> side\n`);
    expect((await rig.distill(["store", "gc"])).stdout).toMatch(/^nothing to remove\nkept 3 steps, /);
    rig.write("distill.lock", side.replace(/^lock: \d+$/m, "lock: 99"));
    expect((await rig.distill(["store", "gc"])).stdout).toMatch(/^nothing to remove\nkept 3 steps, /);
    git(rig, "checkout", "-q", "distill.lock");
    expect((await rig.distill(["store", "gc"])).stdout).toMatch(/^removed 1 step, 1 file .*\nkept 2 steps, /);
  });

  it("is refused with 75 while a run is under way", async () => {
    const rig = cascadeProject();
    await rig.distill(["run"]);
    const store = openStore(rig.folder);
    const run = store.startRun("distill.yaml");
    expect(await rig.distill(["store", "gc"])).toEqual({
      code: 75,
      stdout: "",
      stderr: "a run is under way in this project\nwait for it, or stop it\n",
    });
    store.finishRun(run, []);
    store.close();
    expect(await rig.distill(["store", "gc"])).toMatchObject({ code: 0 });
  });

  it("removes what replays kept, but for one at work or with something erased in it", async () => {
    const rig = cliRig();
    const open = (letter: string) => openStore(rig.folder, { replay: letter.repeat(64) });
    const folders = () =>
      readdirSync(join(rig.folder, ".distill/replays")).filter((name) => name !== ".gitignore");
    open("a").close();
    const erased = open("b");
    await erased.keepAnswer(makeAnswer("x"));
    await erased.erase({ isMeant: () => true, through: true, reason: "by letter", dryRun: false });
    erased.close();
    const atWork = open("c");
    const use = atWork.use();
    const dry = await rig.distill(["store", "gc", "--dry-run"]);
    expect(dry.stdout).toMatch(/^would remove 1 replay \(\d+ kB\)\nkept 2 replays, /);
    expect(folders()).toHaveLength(3);
    expect((await rig.distill(["store", "gc"])).stdout).toMatch(
      /^removed 1 replay \(\d+ kB\)\nkept 2 replays, at work or with something erased in it\n$/,
    );
    expect(folders()).toEqual(["b", "c"].map((letter) => letter.repeat(16)));
    use.release();
    atWork.close();
    await rig.distill(["store", "gc"]);
    expect(folders()).toEqual(["b".repeat(16)]);
  });

  it("says that there is nothing to remove where nothing was run", async () => {
    expect(await cliRig().distill(["store", "gc"])).toEqual({
      code: 0,
      stdout: "nothing to remove\n",
      stderr: "",
    });
  });

  it("removes answers only with --answers", async () => {
    const rig = cascadeProject();
    await rig.distill(["run"]);
    rmSync(join(rig.folder, "distill.lock"));
    forgetRuns(rig);
    expect((await rig.distill(["store", "gc", "--answers", "--dry-run"])).stdout).toMatch(
      /^would remove 2 steps, 2 files, 120 answers /,
    );
    expect((await rig.distill(["store", "gc"])).stdout).toMatch(
      /^removed 2 steps, 2 files \(\d+ kB\)\nkept 120 answers: answers cost money, and go only with --answers\n$/,
    );
    expect((await rig.distill(["store", "gc", "--answers"])).stdout).toMatch(
      /^removed 120 answers \(\d+ kB\)\n$/,
    );
  });
});

/** Has so many runs after them that none of the earlier is among the newest. */
function forgetRuns(rig: CliRig): void {
  const store = openStore(rig.folder);
  for (let count = 0; count < 20; count += 1) store.finishRun(store.startRun("distill.yaml"), []);
  store.close();
}
