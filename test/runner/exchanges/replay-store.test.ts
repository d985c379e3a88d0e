import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openStore, openStoreIfPresent } from "../../../src/runner/store/open-store.ts";

const replay = "ab".repeat(32);
let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "distill-replays-")));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

it("the store of a replay is its own: the project's, and another recording's, know nothing of it", () => {
  const store = openStore(root, { replay });
  store.remember("said", "k", { by: "a replay" });
  store.close();
  expect(openStoreIfPresent(root)).toBeUndefined();
  for (const [options, known] of [
    [{ replay }, { by: "a replay" }],
    [{ replay: "cd".repeat(32) }, undefined],
    [{}, undefined],
  ] as const) {
    const other = openStore(root, options);
    expect(other.recall("said", "k")).toEqual(known);
    other.close();
  }
});

it("the stores of replays are reached through no link", () => {
  mkdirSync(join(root, ".distill"));
  mkdirSync(join(root, "victim"));
  symlinkSync("../victim", join(root, ".distill/replays"));
  expect(() => openStore(root, { replay })).toThrow(
    "replays is a link, and a store is never reached through one",
  );
  expect(existsSync(join(root, "victim/objects"))).toBe(false);
});
