import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sha256 } from "./answer.ts";
import { commitStep, makeRoot, openTestStore, startOther } from "./fixtures.ts";

test("a committed step is found with its files, also in a store opened later", async () => {
  const root = makeRoot();
  const store = openTestStore(root);
  const manifest = await commitStep(store, "filter", { kept: "1\n", dropped: "" });
  expect(store.lookup(manifest.key)).toEqual(manifest);
  store.close();
  const later = openTestStore(root);
  expect(later.lookup(manifest.key)).toEqual(manifest);
  const path = join(root, ".distill", "objects", sha256("1\n").slice(0, 2), sha256("1\n").slice(2));
  expect(await later.open(sha256("1\n"))).toBe(path);
  expect(statSync(path).mode & 0o777).toBe(0o444);
  expect(later.lookup(sha256("unknown"))).toBeUndefined();
  expect(await later.open(sha256("unknown"))).toBeUndefined();
});

test("a forgotten step is not found until it is committed again", async () => {
  const store = openTestStore();
  const manifest = await commitStep(store, "filter", { kept: "1\n" });
  store.forget(manifest.key);
  expect(store.lookup(manifest.key)).toBeUndefined();
  await commitStep(store, "filter", { kept: "1\n" });
  expect(store.lookup(manifest.key)).toEqual(manifest);
});

test("a step whose file is gone is not found", async () => {
  const store = openTestStore();
  const manifest = await commitStep(store, "filter", { kept: "1\n" });
  rmSync((await store.open(sha256("1\n")))!);
  expect(store.lookup(manifest.key)).toBeUndefined();
});

test("a staged file of another length than its manifest says is refused", async () => {
  const store = openTestStore();
  const stage = await store.stage();
  writeFileSync(join(stage.directory, "kept"), "12");
  const manifest = await commitStep(store, "filter", { kept: "1" });
  await expect(store.commit(manifest, stage)).rejects.toThrow("has 2 bytes, and its manifest says 1");
});

test("nothing of a stage remains once it is committed or discarded, nor of the process when closed", async () => {
  const root = makeRoot();
  const store = openTestStore(root);
  const stage = await store.stage();
  writeFileSync(join(stage.directory, "rows"), "1");
  await stage.discard();
  await commitStep(store, "filter", { kept: "1" });
  const staging = join(root, ".distill", "staging");
  const session = readdirSync(staging, { withFileTypes: true }).find((entry) => entry.isDirectory())!;
  expect(readdirSync(join(staging, session.name))).toEqual([]);
  store.close();
  expect(readdirSync(staging)).toEqual([]);
});

test("what a living or paused process has staged stays, and what a dead one staged is removed", async () => {
  const root = makeRoot();
  const other = startOther(root, "stage");
  await other.printed(1);
  const [directory = ""] = other.lines;
  other.child.kill("SIGSTOP");
  openTestStore(root).close();
  expect(existsSync(directory)).toBe(true);
  other.child.kill("SIGKILL");
  await other.ended;
  openTestStore(root).close();
  expect(existsSync(directory)).toBe(false);
  expect(readdirSync(join(root, ".distill", "staging"))).toEqual([]);
});
