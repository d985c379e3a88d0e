import { mkdirSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { openDatabase } from "../../../src/runner/store/database.ts";
import * as files from "../../../src/runner/store/files.ts";
import { openFreshness } from "../../../src/runner/store/freshness.ts";
import { sha256 } from "./answer.ts";
import { makeRoot, openTestStore } from "./fixtures.ts";

vi.mock("../../../src/runner/store/files.ts", { spy: true });

/** Lets the clock, not the file, be so much later. */
function pass(ms: number): void {
  const now = Date.now();
  vi.spyOn(Date, "now").mockReturnValue(now + ms);
  onTestFinished(() => {
    vi.mocked(Date.now).mockRestore();
  });
}

function setUp() {
  const root = makeRoot();
  const path = join(root, "pool.jsonl");
  writeFileSync(path, "one");
  const hashed = vi.mocked(files.hashFile);
  hashed.mockClear();
  return { root, path, hashed, store: openTestStore(root) };
}

test("a file is read once and not again, also by a store opened later", async () => {
  const { root, path, hashed, store } = setUp();
  pass(5_000);
  expect(await store.digestFile(path)).toBe(sha256("one"));
  expect(await store.digestFile(path)).toBe(sha256("one"));
  expect(await openTestStore(root).digestFile(path)).toBe(sha256("one"));
  expect(hashed).toHaveBeenCalledTimes(1);
});

test("a file that changed a moment ago is read again each time", async () => {
  const { path, hashed, store } = setUp();
  await store.digestFile(path);
  await store.digestFile(path);
  expect(hashed).toHaveBeenCalledTimes(2);
});

test("a changed file has its new digest, even where its length and modification time are put back", async () => {
  const { path, store } = setUp();
  pass(5_000);
  await store.digestFile(path);
  const { atime, mtime } = statSync(path);
  writeFileSync(path, "two");
  utimesSync(path, atime, mtime);
  expect(await store.digestFile(path)).toBe(sha256("two"));
  writeFileSync(`${path}.new`, "six");
  renameSync(`${path}.new`, path);
  expect(await store.digestFile(path)).toBe(sha256("six"));
});

test("a touched file is read again and has the same digest", async () => {
  const { path, hashed, store } = setUp();
  pass(5_000);
  await store.digestFile(path);
  utimesSync(path, 1, 1);
  expect(await store.digestFile(path)).toBe(sha256("one"));
  expect(hashed).toHaveBeenCalledTimes(2);
});

test("a file that is written while it is read is read again", async () => {
  const { path, hashed, store } = setUp();
  hashed.mockImplementationOnce(async () => {
    writeFileSync(path, "three");
    return "a mixture";
  });
  expect(await store.digestFile(path)).toBe(sha256("three"));
});

test("a file larger than a piece has the digest of its whole content", async () => {
  const { path, store } = setUp();
  const content = "0123456789".repeat(300_001);
  writeFileSync(path, content);
  expect(await store.digestFile(path)).toBe(sha256(content));
});

test("a project that moved still knows its files", async () => {
  const { root, hashed } = setUp();
  const [before, after] = [join(root, "before"), join(root, "after")];
  mkdirSync(before);
  writeFileSync(join(before, "pool.jsonl"), "one");
  pass(5_000);
  const first = openDatabase(before);
  await openFreshness(first, before, () => {}).digestFile(join(before, "pool.jsonl"));
  first.close();
  renameSync(before, after);
  const second = openDatabase(after);
  await openFreshness(second, after, () => {}).digestFile(join(after, "pool.jsonl"));
  second.close();
  expect(hashed).toHaveBeenCalledTimes(1);
});
