import { existsSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { directoryRemote } from "../../../src/runner/shared-store/directory-remote.ts";
import { makeFolder } from "./fixtures.ts";

test("a file appears when it is whole, replaces what was there, and comes back piece by piece", async () => {
  const directory = makeFolder();
  const remote = directoryRemote(directory);
  const large = Buffer.alloc(3_000_000, "abc");
  let seen: readonly string[] = [];
  await remote.write(
    "objects/ab/cd",
    (async function* () {
      yield large.subarray(0, 10);
      seen = readdirSync(join(directory, "objects/ab"));
      yield large.subarray(10);
    })(),
  );
  expect(seen).toEqual([expect.stringMatching(/^\.cd\.[0-9a-f]{12}\.tmp$/)]);
  expect(await remote.has("objects/ab/cd")).toBe(true);
  const pieces: Uint8Array[] = [];
  for await (const piece of remote.read("objects/ab/cd")) pieces.push(piece);
  expect(pieces.length).toBeGreaterThan(1);
  expect(Buffer.concat(pieces).equals(large)).toBe(true);
  await remote.write("objects/ab/cd", [Buffer.from("other")]);
  expect(readFileSync(join(directory, "objects/ab/cd"), "utf8")).toBe("other");
  expect(readdirSync(join(directory, "objects/ab"))).toEqual(["cd"]);
});

test("a source that breaks off leaves what was there, and nothing else", async () => {
  const directory = makeFolder();
  const remote = directoryRemote(directory);
  await remote.write("steps/a", [Buffer.from("first")]);
  async function* broken() {
    yield Buffer.from("half");
    throw new Error("the line went dead");
  }
  await expect(remote.write("steps/a", broken())).rejects.toThrow("the line went dead");
  await expect(remote.write("steps/b", broken())).rejects.toThrow("the line went dead");
  expect(readdirSync(join(directory, "steps"))).toEqual(["a"]);
  expect(readFileSync(join(directory, "steps/a"), "utf8")).toBe("first");
});

test("what a killed writer left is not listed, and is removed when it is two days old", async () => {
  const directory = makeFolder();
  const remote = directoryRemote(directory);
  await remote.write("steps/a", [Buffer.from("1")]);
  const left = ["old", "new"].map((name) => join(directory, `steps/.${name}.0123456789ab.tmp`));
  for (const path of left) writeFileSync(path, "half");
  const before = Date.now() / 1000 - 49 * 3600;
  utimesSync(left[0]!, before, before);
  expect(await remote.list("steps/")).toEqual(["steps/a"]);
  await directoryRemote(directory).write("steps/b", [Buffer.from("2")]);
  expect(left.map((path) => existsSync(path))).toEqual([false, true]);
});

test("names that lead elsewhere are refused", async () => {
  const remote = directoryRemote(makeFolder());
  for (const name of ["../a", "a/../../b", "a/.hidden", "a b", "A", "a\\b", "a\0"])
    await expect(remote.has(name), name).rejects.toThrow("is no name of a shared file");
});

test("a folder on the way that is a link is not written through", async () => {
  const directory = makeFolder();
  const victim = makeFolder();
  symlinkSync(victim, join(directory, "objects"));
  const remote = directoryRemote(directory);
  await expect(remote.write("objects/ab/cd", [Buffer.from("1")])).rejects.toMatchObject({
    name: "StoreUnavailable",
    message: `${join(directory, "objects")} is no folder`,
  });
  expect(readdirSync(victim)).toEqual([]);
  await expect(remote.has("objects/ab")).rejects.toMatchObject({
    name: "Unfit",
    message: "objects is no folder",
  });
});

test("a directory that cannot be written is told as such", async () => {
  const directory = "/proc/self/task";
  await expect(directoryRemote(directory).write("steps/a", [])).rejects.toMatchObject({
    name: "StoreUnavailable",
    message: expect.stringContaining(`could not be written`),
  });
});
