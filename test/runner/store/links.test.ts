import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openStore, openStoreIfPresent } from "../../../src/runner/store/open-store.ts";
import { sha256 } from "./answer.ts";
import { makeRoot, openTestStore } from "./fixtures.ts";

/** A folder of the user that a store has no business in. */
function makeVictim(): string {
  const victim = makeRoot();
  mkdirSync(join(victim, "photos"));
  writeFileSync(join(victim, "photos", "one.jpg"), "one");
  return victim;
}

function expectUntouched(victim: string): void {
  expect(readdirSync(victim, { recursive: true }).sort()).toEqual(["photos", "photos/one.jpg"]);
  expect(readFileSync(join(victim, "photos", "one.jpg"), "utf8")).toBe("one");
}

const refusal = (path: string) =>
  expect.objectContaining({
    name: "StoreUnavailable",
    message: `${path} is a link, and a store is never reached through one`,
    hint: expect.stringContaining("remove the link"),
  });

test.each([
  "objects",
  "objects/ab",
  "staging",
  "staging/0123456789abcdef",
  "leases",
  "damaged",
  ".gitignore",
])("a store whose %s is a link is refused, and nothing behind it is touched", (part) => {
  const root = makeRoot();
  const victim = makeVictim();
  const link = join(root, ".distill", part);
  openTestStore(root).close();
  rmSync(link, { recursive: true, force: true });
  symlinkSync(victim, link);
  expect(() => openStore(root)).toThrow(refusal(link));
  expect(() => openStoreIfPresent(root)).toThrow(refusal(link));
  expectUntouched(victim);
});

test.each(["store.sqlite", "store.sqlite-wal", ".gitignore"])(
  "nothing is written where a link that is to be %s leads",
  (name) => {
    const root = makeRoot();
    const victim = makeVictim();
    const link = join(root, ".distill", name);
    mkdirSync(join(root, ".distill"));
    symlinkSync(join(victim, "made"), link);
    expect(() => openStore(root)).toThrow(refusal(link));
    expectUntouched(victim);
  },
);

test("a store that is a link itself is refused, and nothing is written behind it", () => {
  const root = makeRoot();
  const victim = makeVictim();
  symlinkSync(victim, join(root, ".distill"));
  expect(() => openStore(root)).toThrow(refusal(join(root, ".distill")));
  expect(() => openStoreIfPresent(root)).toThrow(refusal(join(root, ".distill")));
  expectUntouched(victim);
});

test("a lease is neither locked nor noted down through a link", () => {
  const root = makeRoot();
  const victim = makeVictim();
  const store = openTestStore(root);
  const path = join(root, ".distill", "leases", sha256(JSON.stringify("spec router")));
  symlinkSync(join(victim, "photos", "one.jpg"), `${path}.json`);
  store.tryLease("spec router")!.release();
  rmSync(`${path}.lock`);
  symlinkSync(join(victim, "made"), `${path}.lock`);
  expect(() => store.tryLease("spec router")).toThrow(refusal(`${path}.lock`));
  expectUntouched(victim);
});

test("only folders that staging itself makes are cleared away", () => {
  const root = makeRoot();
  openTestStore(root).close();
  const staging = join(root, ".distill", "staging");
  for (const name of ["0123456789abcdef", "notes"]) mkdirSync(join(staging, name));
  openTestStore(root);
  expect(existsSync(join(staging, "notes"))).toBe(true);
  expect(existsSync(join(staging, "0123456789abcdef"))).toBe(false);
});
