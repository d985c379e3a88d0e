import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ranProject } from "./against-project.ts";

it("run --select runs what changed with what it needs, and writes no lock", async () => {
  const project = await ranProject({ store: true });
  project.branch("rule");
  project.edit("distill.yaml", "<= 30", "<= 24");
  const lock = project.read("distill.lock");
  const { code, stdout } = await project.distill(["run", "--select", "state:modified", "--json"]);
  expect(code).toBe(0);
  expect(
    JSON.parse(stdout).steps.map(({ id, status }: { id: string; status: string }) => `${id} ${status}`),
  ).toEqual(["capture cached", "select ran"]);
  expect(project.read("distill.lock")).toBe(lock);
});

it("run --select takes steps and what follows, and runs nothing where nothing is modified", async () => {
  const project = await ranProject({ store: true });
  const ran = async (...args: readonly string[]) => {
    const { stdout } = await project.distill(["run", "--json", ...args]);
    return JSON.parse(stdout).steps.map(({ id }: { id: string }) => id);
  };
  expect((await ran("--select", "select,before")).sort()).toEqual(["before", "capture", "select", "split"]);
  expect(await ran("--select", "state:modified+", "--against", "main")).toEqual([]);
  const told = await project.distill(["run", "--select", "state:modified+"]);
  expect(told).toMatchObject({ code: 0, stderr: "" });
});

it.each([
  [["--select", "select", "--only", "exam"], "--only and --select both say what runs"],
  [["--against", "main"], "--against says what --select compares with"],
  [["--select", "selct"], '--select names no step: "selct"'],
  [["--select", "select", "--force", "exam"], "--select select leaves exam out, which is to run"],
])("run %j is refused before anything is opened", async (args, message) => {
  const project = await ranProject();
  const { code, stderr } = await project.distill(["run", ...args]);
  expect({ code, first: stderr.split("\n")[0] }).toEqual({ code: 2, first: message });
  expect(existsSync(join(project.folder, ".distill"))).toBe(false);
});
