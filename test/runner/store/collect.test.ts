import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Keep, Manifest, Store } from "../../../src/runner/store.ts";
import { makeAnswer, sha256 } from "./answer.ts";
import { commitStep, makeRoot, openTestStore, startOther } from "./fixtures.ts";

const keep = (named: readonly string[] = [], more: Partial<Keep> = {}): Keep => ({
  named: new Set(named),
  dropAnswers: false,
  dryRun: false,
  ...more,
});

/** Commits a step that asked for answers. */
async function commitAsking(store: Store, step: string, answers: readonly number[]): Promise<Manifest> {
  for (const name of answers)
    await store.keepAnswer(makeAnswer(name), { spec: "s", step, item: `${name}`, metadata: {} });
  const manifest = await commitStep(store, step, { rows: `rows of ${step}` });
  store.takeInStep(
    manifest,
    answers.map((name) => makeAnswer(name).key),
  );
  return manifest;
}

test("what a lock names stays: a step by its key with its contents, and a content by its digest", async () => {
  const store = openTestStore();
  const named = await commitStep(store, "named", { rows: "1", shared: "both" });
  const unnamed = await commitStep(store, "unnamed", { rows: "2", shared: "both", loose: "3" });
  expect(store.collect(keep([named.key, sha256("3")]))).toMatchObject({
    steps: { removed: 1, kept: 1 },
    files: { removed: 1, kept: 3 },
  });
  expect(store.lookup(named.key)).toEqual(named);
  expect(store.lookup(unnamed.key)).toBeUndefined();
  expect(await store.open(sha256("2"))).toBeUndefined();
  expect(await store.open(sha256("3"))).toBeDefined();
  expect(await store.verify()).toEqual([]);
});

test("the newest output of every step of every spec stays, also where the newest run was of another step", async () => {
  const store = openTestStore();
  const steps = await Promise.all(
    ["old", "new", "other", "elsewhere"].map((name) => commitStep(store, name, { rows: name })),
  );
  const [old, fresh, other, elsewhere] = steps as [Manifest, Manifest, Manifest, Manifest];
  const run = (spec: string, ...ran: readonly (readonly [string, Manifest])[]) =>
    store.finishRun(
      store.startRun(spec),
      ran.map(([id, { key }]) => ({ id, key, status: "ran" })),
    );
  run("a.yaml", ["filter", old], ["exam", other]);
  run("a.yaml", ["filter", fresh]);
  run("b.yaml", ["filter", elsewhere]);
  expect(store.collect(keep())).toMatchObject({ steps: { removed: 1, kept: 3 } });
  expect(steps.map(({ key }) => store.lookup(key) !== undefined)).toEqual([false, true, true, true]);
});

test("what an unfinished run has done so far stays, and goes once a later run is done", async () => {
  const store = openTestStore();
  const begun = store.startRun("a.yaml");
  const done = await commitAsking(store, "done", [1]);
  store.finishRun(begun, [{ id: "ask", key: sha256("failed"), status: "incomplete" }]);
  const later = store.startRun("a.yaml");
  store.finishRun(later, [{ id: "ask", key: sha256("failed"), status: "failed" }]);
  expect(store.collect(keep())).toMatchObject({ steps: { removed: 0, kept: 1 } });
  expect(store.lookup(done.key)).toBeDefined();
  store.finishRun(store.startRun("a.yaml"), []);
  expect(store.collect(keep())).toMatchObject({ steps: { removed: 1, kept: 0 } });
});

test("a dry run tells the same and removes nothing", async () => {
  const root = makeRoot();
  const store = openTestStore(root);
  const manifest = await commitAsking(store, "ask", [1, 2]);
  mkdirSync(join(root, ".distill/damaged"));
  writeFileSync(join(root, ".distill/damaged/one"), "123");
  const told = store.collect(keep([], { dropAnswers: true, dryRun: true }));
  expect(told).toMatchObject({
    steps: { removed: 1 },
    files: { removed: 1 },
    answers: { removed: 2 },
    damaged: 1,
  });
  expect(store.lookup(manifest.key)).toEqual(manifest);
  expect(store.asked(manifest.key)).toHaveLength(2);
  expect(readdirSync(join(root, ".distill/damaged"))).toEqual(["one"]);
  expect(store.collect(keep([], { dropAnswers: true }))).toEqual(told);
  expect([...store.completions({})]).toEqual([]);
  expect(readdirSync(join(root, ".distill/damaged"))).toEqual([]);
  expect(store.collect(keep([], { dropAnswers: true }))).toMatchObject({ bytes: 0 });
});

test("answers stay unless it is wanted, and then those that a step which stays asked for, and those that a lock names", async () => {
  const store = openTestStore();
  const kept = await commitAsking(store, "kept", [1, 2]);
  await commitAsking(store, "gone", [2, 3, 4]);
  await store.keepAnswer(makeAnswer(5));
  expect(store.collect(keep([kept.key]))).toMatchObject({ answers: { removed: 0, kept: 5 } });
  const named = [kept.key, makeAnswer(4).key];
  expect(store.collect(keep(named, { dropAnswers: true }))).toMatchObject({
    answers: { removed: 2, kept: 3 },
  });
  expect([1, 2, 3, 4, 5].map((name) => store.answer(makeAnswer(name).key) !== undefined)).toEqual([
    true,
    true,
    false,
    true,
    false,
  ]);
  expect([...store.completions({ step: "gone" })].map(({ key }) => key)).toEqual(
    [2, 4].map((name) => makeAnswer(name).key),
  );
  expect(await store.verify()).toEqual([]);
});

test("answers that were bought since a run began that is not done yet stay", async () => {
  const store = openTestStore();
  await store.keepAnswer({ ...makeAnswer(1), created: 5 });
  store.startRun("a.yaml");
  await store.keepAnswer({ ...makeAnswer(2), created: Date.now() });
  store.finishRun(store.startRun("a.yaml"), [{ id: "ask", key: null, status: "incomplete" }]);
  const store2 = openTestStore(store.directory.replace(/\/\.distill$/, ""));
  store.close();
  expect(store2.collect(keep([], { dropAnswers: true }))).toMatchObject({ answers: { removed: 1, kept: 1 } });
  expect(store2.answer(makeAnswer(2).key)).toBeDefined();
});

test("all answers stay where a step stays of which nobody wrote down what it asked for", async () => {
  const store = openTestStore();
  const old = await commitStep(store, "old", { rows: "1" });
  await store.keepAnswer(makeAnswer(1));
  expect(store.collect(keep([old.key], { dropAnswers: true }))).toMatchObject({
    answers: { removed: 0, kept: 1 },
    unlinked: 1,
  });
});

test("nothing is removed while a run goes on, be it in this process or a paused one; a killed one does not count", async () => {
  const root = makeRoot();
  const store = openTestStore(root);
  await commitStep(store, "old", { rows: "1" });
  const run = store.startRun("a.yaml");
  expect(store.collect(keep())).toBeUndefined();
  store.finishRun(run, []);

  const other = startOther(root, "run");
  await other.printed(1);
  other.child.kill("SIGSTOP");
  expect(store.collect(keep())).toBeUndefined();
  other.child.kill("SIGKILL");
  await other.ended;
  expect(store.collect(keep())).toMatchObject({ steps: { removed: 1 } });
});

test("many work at once, and whoever comes while it is cleared up waits", async () => {
  const root = makeRoot();
  const store = openTestStore(root);
  const uses = [store.use(), openTestStore(root).use(), store.use()];
  expect(store.collect(keep())).toBeUndefined();
  for (const use of uses) use.release();
  expect(store.collect(keep())).toBeDefined();
  const other = startOther(root, "claim", "500");
  await other.printed(1);
  store.use().release();
  // Had it not waited, the other would still hold its claim.
  expect(store.collect(keep())).toBeDefined();
});

test("contents that no step names any more are removed, as after an end between the two", async () => {
  const store = openTestStore();
  const manifest = await commitStep(store, "old", { rows: "1" });
  store.forget(manifest.key);
  expect(store.collect(keep())).toMatchObject({ steps: { removed: 0 }, files: { removed: 1 } });
  expect(store.collect(keep())).toMatchObject({ files: { removed: 0 }, bytes: 0 });
});
