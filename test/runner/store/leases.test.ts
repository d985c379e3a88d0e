import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { makeRoot, openTestStore, startOther } from "./fixtures.ts";

test("a name is held once, be it by the same store, and is free after its release", () => {
  const root = makeRoot();
  const store = openTestStore(root);
  const lease = store.tryLease("spec router.yaml");
  expect(lease).toBeDefined();
  expect(store.tryLease("spec router.yaml")).toBeUndefined();
  expect(openTestStore(root).tryLease("spec router.yaml")).toBeUndefined();
  expect(store.holder("spec router.yaml")).toEqual({ pid: process.pid });
  expect(store.tryLease("another")).toBeDefined();
  lease?.release();
  lease?.release();
  expect(store.holder("spec router.yaml")).toBeUndefined();
  expect(store.tryLease("spec router.yaml")).toBeDefined();
});

test("closing the store releases what it held", () => {
  const root = makeRoot();
  const store = openTestStore(root);
  store.tryLease("name");
  store.close();
  expect(openTestStore(root).tryLease("name")).toBeDefined();
});

test("a paused holder keeps its lease and is named; a killed one loses it at once", async () => {
  const root = makeRoot();
  const store = openTestStore(root);
  const other = startOther(root, "lease", "name");
  await other.printed(1);
  expect(other.lines).toEqual(["held"]);
  other.child.kill("SIGSTOP");
  await wait(50);
  expect(store.tryLease("name")).toBeUndefined();
  expect(store.holder("name")).toEqual({ pid: other.child.pid });
  other.child.kill("SIGKILL");
  await other.ended;
  expect(store.holder("name")).toBeUndefined();
  expect(store.tryLease("name")).toBeDefined();
});

test("a lease blocks no writing", async () => {
  const store = openTestStore();
  store.tryLease("name");
  store.remember("topic", "key", 1);
  expect(store.recall("topic", "key")).toBe(1);
});
