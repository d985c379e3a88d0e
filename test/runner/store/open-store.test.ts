import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openStore, openStoreIfPresent } from "../../../src/runner/store/open-store.ts";
import { makeRoot, openTestStore } from "./fixtures.ts";

function failureOf(root: string): unknown {
  try {
    openStore(root).close();
  } catch (error) {
    const { name, message, hint } = error as Error & { hint?: string };
    return { name, message: message.replaceAll(root, "ROOT"), hint };
  }
  return undefined;
}

test("a new store keeps itself out of git", () => {
  const root = makeRoot();
  expect(openTestStore(root).directory).toBe(join(root, ".distill"));
  expect(readFileSync(join(root, ".distill", ".gitignore"), "utf8")).toBe("*\n");
});

test("looking for a store creates none", () => {
  const root = makeRoot();
  expect(openStoreIfPresent(root)).toBeUndefined();
  expect(existsSync(join(root, ".distill"))).toBe(false);
  openTestStore(root);
  const store = openStoreIfPresent(root);
  expect(store).toBeDefined();
  store?.close();
});

test("a store of a newer version is refused, and left as it is", () => {
  const root = makeRoot();
  openTestStore(root).close();
  const database = new DatabaseSync(join(root, ".distill", "store.sqlite"));
  database.exec("PRAGMA user_version = 99");
  database.close();
  expect(failureOf(root)).toMatchInlineSnapshot(`
    {
      "hint": "use that distill, or move the folder away to begin anew",
      "message": "ROOT/.distill was written by a newer distill (its version is 99, this one knows 4)",
      "name": "StoreUnavailable",
    }
  `);
});

test("a project whose store cannot be made is refused with what to do", () => {
  const root = makeRoot();
  writeFileSync(join(root, ".distill"), "a file");
  expect(failureOf(root)).toMatchInlineSnapshot(`
    {
      "hint": "make it writable for this user, or run in a copy of the project that is",
      "message": "ROOT/.distill cannot be written (ENOTDIR: not a directory, mkdir 'ROOT/.distill/objects')",
      "name": "StoreUnavailable",
    }
  `);
});

test.skipIf(!existsSync("/sys/kernel"))(
  "a file system that cannot be written is refused with what to do",
  () => {
    expect(failureOf("/sys/kernel")).toMatchObject({
      name: "StoreUnavailable",
      message: expect.stringContaining("cannot be written"),
    });
  },
);

test("a database that is none is refused with what to do", () => {
  const root = makeRoot();
  mkdirSync(join(root, ".distill"));
  writeFileSync(join(root, ".distill", "store.sqlite"), "this is not a database".repeat(100));
  expect(failureOf(root)).toMatchInlineSnapshot(`
    {
      "hint": "run \`distill store verify\`; where that fails too, move store.sqlite* out of it to begin anew, and keep them: \`sqlite3 store.sqlite .recover\` may save completions",
      "message": "the database in ROOT/.distill is damaged (file is not a database)",
      "name": "StoreUnavailable",
    }
  `);
});

test("runs of a spec come back the newest first, with what became of their steps", () => {
  const store = openTestStore();
  const ids = Array.from({ length: 120 }, () => store.startRun("router.yaml"));
  store.startRun("other.yaml");
  const steps = [{ id: "split", key: "abc", status: "ran" }];
  store.finishRun(ids[119]!, steps);
  const runs = [...store.runs("router.yaml")];
  expect(runs.map(({ id }) => id)).toEqual(ids.toReversed());
  expect(ids.toSorted()).toEqual(ids);
  expect(runs[0]).toMatchObject({ spec: "router.yaml", steps, finished: expect.any(Number) });
  expect(runs[1]).toMatchObject({ steps: [], finished: null });
});

test("small values are remembered by topic and key", () => {
  const root = makeRoot();
  const store = openTestStore(root);
  store.remember("columns", "abc", { a: [1, null, "\ud800"] });
  store.remember("columns", "abc", { a: [2] });
  store.remember("rows", "abc", 7);
  store.close();
  const later = openTestStore(root);
  expect(later.recall("columns", "abc")).toEqual({ a: [2] });
  expect(later.recall("rows", "abc")).toBe(7);
  expect(later.recall("rows", "abcd")).toBeUndefined();
});
