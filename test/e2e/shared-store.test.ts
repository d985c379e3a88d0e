import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../src/runner/store/open-store.ts";
import { createRandom } from "../../src/stats/random.ts";
import { filesIn, findUnsound } from "../runner/shared-store/fixtures.ts";

const bin = new URL("../../bin/distill.js", import.meta.url).pathname;
const examples = new URL("../../examples", import.meta.url).pathname;
const committed = ["distill.lock", "distill.evidence.jsonl", "distill.report.md"];
const kills = 20;
/** A program that runs another one without network, where the system lets it. */
const withoutNetwork = ["unshare", "-rn"] as const;

let folder: string;
/** The example, after a run. */
let project: string;

beforeAll(async () => {
  // In memory, where the system has such a folder: moments mean little on a disk that others keep busy.
  folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "distill-share-"));
  project = makeFolder("project");
  cpSync(examples, project, { recursive: true });
  mkdirSync(join(project, ".git"));
  expect(await finish(start(project, ["run"]))).toBe(0);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a fresh clone", () => {
  it("with what it pulled passes run --frozen without key or network, and writes the same bytes", async () => {
    const share = join(folder, "share-of-clone");
    expect(await finish(start(project, ["store", "push", share]))).toBe(0);
    const clone = cloneOf("clone");
    expect(await finish(start(clone, ["run", "--frozen"]))).toBe(5);
    expect(await finish(start(clone, ["store", "pull", share]))).toBe(0);
    const [tool, ...how] = withoutNetwork;
    const alone = spawnSync(tool, [...how, "true"]).status === 0 ? withoutNetwork : [];
    expect(await finish(start(clone, ["run", "--frozen"], alone))).toBe(0);
    // Not frozen, it finds everything kept too, and renews nothing.
    expect(await finish(start(clone, ["run"], alone))).toBe(0);
    for (const name of committed)
      expect(readFileSync(join(clone, name)).equals(readFileSync(join(project, name))), name).toBe(true);
  });
});

describe("a push that is killed", () => {
  it(`at any of ${kills} random moments leaves no half file under its name, and is completed by the next`, async () => {
    const whole = join(folder, "share-whole");
    const { random, duration, seed } = await measure(() => start(project, ["store", "push", whole]));
    const expected = filesIn(whole);
    let midway = 0;
    for (let round = 0; round < kills; round += 1) {
      const label = `seed ${seed}, round ${round}`;
      const share = join(folder, `share-${round}`);
      const push = start(project, ["store", "push", share]);
      await wait(momentOf(random, duration));
      push.kill("SIGKILL");
      await finish(push);
      const left = existsSync(share) ? namedFilesIn(share) : [];
      expect(existsSync(share) ? findUnsound(share) : [], label).toEqual([]);
      if (left.length > 0 && left.length < expected.length) midway += 1;
      expect(await finish(start(project, ["store", "push", share])), label).toBe(0);
      expect(namedFilesIn(share), label).toEqual(expected);
      expect(findUnsound(share), label).toEqual([]);
      rmSync(share, { recursive: true });
    }
    expect(midway, `seed ${seed}: kills that hit the middle of the pushing`).toBeGreaterThanOrEqual(3);
  }, 240_000);
});

describe("a pull that is killed", () => {
  it(`at any of ${kills} random moments leaves a sound store, and is completed by the next`, async () => {
    const share = join(folder, "share-to-pull");
    expect(await finish(start(project, ["store", "push", share]))).toBe(0);
    const undisturbed = cloneOf("undisturbed");
    const { random, duration, seed } = await measure(() => start(undisturbed, ["store", "pull", share]));
    const expected = await contentsOf(undisturbed);
    let midway = 0;
    for (let round = 0; round < kills; round += 1) {
      const label = `seed ${seed}, round ${round}`;
      const clone = cloneOf(`clone-${round}`);
      const pull = start(clone, ["store", "pull", share]);
      await wait(momentOf(random, duration));
      pull.kill("SIGKILL");
      await finish(pull);
      const left = await contentsOf(clone);
      expect(left.damage, label).toEqual([]);
      if (left.count > 0 && left.count < expected.count) midway += 1;
      expect(await finish(start(clone, ["store", "pull", share])), label).toBe(0);
      expect(await contentsOf(clone), label).toEqual(expected);
      rmSync(clone, { recursive: true });
    }
    expect(midway, `seed ${seed}: kills that hit the middle of the pulling`).toBeGreaterThanOrEqual(3);
  }, 240_000);
});

describe("machines that share a directory", () => {
  it("push and pull at once, each with answers of its own, and all of it is sound", async () => {
    const share = join(folder, "share-at-once");
    const second = makeFolder("second");
    cpSync(examples, second, { recursive: true });
    mkdirSync(join(second, ".git"));
    expect(await finish(start(second, ["run"]))).toBe(0);
    const clones = [cloneOf("at-once-1"), cloneOf("at-once-2")];
    const pushes = [project, second].map((one) => start(one, ["store", "push", share]));
    while (!existsSync(join(share, "distill-store.json"))) await wait(1);
    const pulls = clones.map((one) => start(one, ["store", "pull", share]));
    expect(await Promise.all([...pushes, ...pulls].map(finish))).toEqual([0, 0, 0, 0]);
    expect(findUnsound(share)).toEqual([]);
    for (const clone of clones) {
      expect(await finish(start(clone, ["store", "pull", share]))).toBe(0);
      expect((await contentsOf(clone)).damage).toEqual([]);
      expect(await finish(start(clone, ["run", "--frozen"]))).toBe(0);
    }
  }, 120_000);
});

function makeFolder(name: string): string {
  mkdirSync(join(folder, name));
  return join(folder, name);
}

/** The project's committed files, without its store. */
function cloneOf(name: string): string {
  const clone = makeFolder(name);
  cpSync(project, clone, { recursive: true, filter: (path) => !path.startsWith(join(project, ".distill")) });
  return clone;
}

function start(cwd: string, args: readonly string[], before: readonly string[] = []): ChildProcess {
  const [command = "", ...rest] = [...before, process.execPath, bin, ...args];
  // No key of the user's, and nothing that the user allowed.
  const env = { PATH: process.env.PATH, HOME: cwd, XDG_CONFIG_HOME: join(cwd, "no-config"), NO_COLOR: "1" };
  return spawn(command, rest, { cwd, env, stdio: "ignore" });
}

async function finish(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode;
}

/** How long it takes undisturbed, and a random source whose seed is told on failure. */
async function measure(run: () => ChildProcess) {
  const began = performance.now();
  expect(await finish(run())).toBe(0);
  const seed = Date.now();
  return { duration: performance.now() - began, seed, random: createRandom(seed) };
}

/** Half of the moments are of the whole time, half of its second half, when files are under way. */
function momentOf(random: () => number, duration: number): number {
  return random() < 0.5 ? random() * duration : (0.5 + random() / 2) * duration;
}

/** Files under their own names: what a killed writer left is none. */
function namedFilesIn(share: string): readonly string[] {
  return filesIn(share).filter((path) => !path.endsWith(".tmp"));
}

/** What a store has, and what of it is damaged. */
async function contentsOf(root: string) {
  if (!existsSync(join(root, ".distill", "store.sqlite"))) return { count: 0, damage: [] };
  const store = openStore(root);
  const damage = await store.verify();
  const answers = [...store.completions({})].length;
  store.close();
  const files = filesIn(join(root, ".distill", "objects")).length;
  return { count: answers + files, damage };
}
