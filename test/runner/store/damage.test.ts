import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openStore } from "../../../src/runner/store/open-store.ts";
import { StoreUnavailable } from "../../../src/runner/store/unavailable.ts";
import type { Damage, Store } from "../../../src/runner/store.ts";
import { makeAnswer, sha256 } from "./answer.ts";
import { commitStep, makeRoot, openTestStore } from "./fixtures.ts";

const TAGS = { spec: "router", step: "capture", item: "1", metadata: { department: "network" } };

/** Flips one bit in the database, at each place where this text stands. */
function flipIn(root: string, text: string): void {
  const path = join(root, ".distill", "store.sqlite");
  const bytes = readFileSync(path);
  let found = 0;
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
    bytes[at + 2]! ^= 4;
    found += 1;
  }
  expect(found).toBeGreaterThan(0);
  writeFileSync(path, bytes);
}

function flipInFile(path: string): void {
  chmodSync(path, 0o644);
  const bytes = readFileSync(path);
  bytes[1]! ^= 4;
  writeFileSync(path, bytes);
}

/** A store with one of everything, closed. */
async function makeFilledRoot(): Promise<string> {
  const root = makeRoot();
  const store = openTestStore(root);
  await commitStep(store, "filter", { kept: "the kept rows\n" });
  await store.keepAnswer(makeAnswer(1, "the answer's text"), TAGS);
  store.finishRun(store.startRun("router"), [{ id: "filter", key: null, status: "ran-as-it-should" }]);
  store.remember("columns", "abc", ["remembered-value"]);
  store.close();
  return root;
}

function reopen(root: string): { store: Store; damage: Damage[] } {
  const damage: Damage[] = [];
  return { damage, store: openTestStore(root, { onDamage: (one) => damage.push(one) }) };
}

test("an answer with a flipped bit is set aside once, told, and can be kept anew with its old tags", async () => {
  const root = await makeFilledRoot();
  flipIn(root, "the answer's text");
  const { store, damage } = reopen(root);
  const { key } = makeAnswer(1);
  expect(store.answer(key)).toBeUndefined();
  expect(store.answer(key)).toBeUndefined();
  expect([...store.completions({})]).toEqual([]);
  expect(damage).toEqual([{ what: "answer", key, detail: "does not fit its sha256" }]);
  await store.keepAnswer(makeAnswer(1, "bought again"));
  const [found] = store.completions({ metadata: { department: "network" } });
  expect(found?.answer.output_text).toBe("bought again");
});

test("a damaged answer does not stand against one that is kept", async () => {
  const root = await makeFilledRoot();
  flipIn(root, "the answer's text");
  const { store, damage } = reopen(root);
  expect((await store.keepAnswer(makeAnswer(1, "sound"))).answer.output_text).toBe("sound");
  expect(store.answer(makeAnswer(1).key)?.answer.output_text).toBe("sound");
  expect(damage).toHaveLength(1);
});

test("a manifest, tags, a run and a remembered value with a flipped bit are set aside", async () => {
  const root = await makeFilledRoot();
  for (const text of ['"uses":"filter"', '"department":"network"', "ran-as-it-should", "remembered-value"]) {
    flipIn(root, text);
  }
  const { store, damage } = reopen(root);
  expect(store.lookup(sha256("step filter"))).toBeUndefined();
  expect([...store.completions({})][0]?.tags).toEqual([]);
  expect([...store.runs("router")]).toEqual([]);
  expect(store.recall("columns", "abc")).toBeUndefined();
  expect(damage.map(({ what }) => what)).toEqual(["manifest", "tags", "run", "note"]);

  await commitStep(store, "filter", { kept: "the kept rows\n" });
  store.remember("columns", "abc", ["again"]);
  store.tag("router", "capture", [{ ...TAGS, answer: makeAnswer(1).key }]);
  expect(store.lookup(sha256("step filter"))).toBeDefined();
  expect(store.recall("columns", "abc")).toEqual(["again"]);
  expect([...store.completions({ step: "capture" })]).toHaveLength(1);
});

test("a content with a flipped bit is not handed out, is moved to damaged/, and its step runs again", async () => {
  const root = await makeFilledRoot();
  const digest = sha256("the kept rows\n");
  const { store, damage } = reopen(root);
  const path = (await store.open(digest))!;
  flipInFile(path);
  expect(await store.open(digest)).toBeUndefined();
  expect(existsSync(path)).toBe(false);
  expect(readdirSync(join(root, ".distill", "damaged"))[0]).toContain(digest);
  expect(damage).toEqual([{ what: "object", key: digest, detail: "does not fit its sha256" }]);
  expect(store.lookup(sha256("step filter"))).toBeUndefined();
  await commitStep(store, "filter", { kept: "the kept rows\n" });
  expect(await store.open(digest)).toBe(path);
});

test("a content that was cut short is noticed by the lookup alone", async () => {
  const root = await makeFilledRoot();
  const { store, damage } = reopen(root);
  const path = (await store.open(sha256("the kept rows\n")))!;
  chmodSync(path, 0o644);
  writeFileSync(path, "the k");
  expect(store.lookup(sha256("step filter"))).toBeUndefined();
  expect(damage).toMatchObject([{ what: "object", detail: "has 5 bytes, not 14" }]);
});

test("verify finds every damaged value, tells it once, and leaves a store that is sound", async () => {
  const root = await makeFilledRoot();
  const { store } = reopen(root);
  const progress: number[] = [];
  expect(await store.verify((done, total) => progress.push(done / total))).toEqual([]);
  expect(progress.at(-1)).toBe(1);
  flipInFile((await store.open(sha256("the kept rows\n")))!);
  store.close();
  for (const text of ["the answer's text", '"department":"network"', "ran-as-it-should"]) flipIn(root, text);
  const again = openTestStore(root);
  const found = await again.verify();
  expect(found.map(({ what }) => what)).toEqual(["object", "answer", "tags", "run", "manifest"]);
  expect(found.at(-1)?.detail).toContain('output "kept" of step "filter" is missing');
  expect(await again.verify()).toEqual([]);
});

test("verify finds a key that was damaged in its table or in its index", async () => {
  const root = await makeFilledRoot();
  const path = join(root, ".distill", "store.sqlite");
  const bytes = readFileSync(path);
  const at = bytes.indexOf(makeAnswer(1).key);
  bytes[at]! ^= 1;
  writeFileSync(path, bytes);
  const store = openTestStore(root);
  expect((await store.verify())[0]?.what).toBe("database");
  await store.keepAnswer(makeAnswer(1, "sound"));
  expect(await store.verify()).toEqual([]);
});

test("whatever bit flips in the database, no wrong value ever comes out", async () => {
  const root = await makeFilledRoot();
  const sound = {
    answer: makeAnswer(1, "the answer's text"),
    manifest: openTestStore(root).lookup(sha256("step filter")),
  };
  const bytes = readFileSync(join(root, ".distill", "store.sqlite"));
  const used = [...bytes.keys()].filter((at) => bytes[at] !== 0);
  let noticed = 0;
  for (let round = 0; round < 150; round += 1) {
    const at = used[Math.floor((round / 150) * used.length)]!;
    const copy = makeRoot();
    cpSync(join(root, ".distill"), join(copy, ".distill"), { recursive: true });
    const flipped = Buffer.from(bytes);
    flipped[at]! ^= 1 << (round % 8);
    writeFileSync(join(copy, ".distill", "store.sqlite"), flipped);
    let store: Store | undefined;
    try {
      store = openStore(copy, { onDamage: () => (noticed += 1) });
      const read = {
        answer: store.answer(sound.answer.key) ?? sound.answer,
        manifest: store.lookup(sha256("step filter")) ?? sound.manifest,
      };
      expect(read).toEqual(sound);
      for (const { tags, ...answer } of store.completions({})) {
        expect({ answer, tags: tags.map(({ answer: _, ...rest }) => rest) }).toEqual({
          answer: sound.answer,
          tags: tags.map(() => TAGS),
        });
      }
      expect([["remembered-value"], undefined]).toContainEqual(store.recall("columns", "abc"));
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      noticed += 1;
    } finally {
      store?.close();
    }
  }
  expect(noticed).toBeGreaterThan(20);
});
