import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { copyKey } from "../../../src/runner/completion-copy.ts";
import { refuseErased } from "../../../src/runner/erased-step.ts";
import type { EraseWish } from "../../../src/runner/erasure.ts";
import type { PlanNode } from "../../../src/runner/plan.ts";
import type { Json, JsonObject } from "../../../src/runner/row.ts";
import type { ArtifactKind } from "../../../src/runner/step.ts";
import type { Manifest, Store } from "../../../src/runner/store.ts";
import { makeAnswer, sha256 } from "./answer.ts";
import { makeRoot, openTestStore } from "./fixtures.ts";

const secret = "Ada Lovelace, 12 St James's Square";

const wish = (more: Partial<EraseWish> = {}): EraseWish => ({
  isMeant: () => false,
  through: true,
  reason: "asked for on paper",
  dryRun: false,
  ...more,
});
const ofItem = (id: string) => wish({ isMeant: ({ item }) => item === id });

interface Output {
  readonly kind?: ArtifactKind;
  readonly content: string;
}

/** Commits a step, and tells of it in a run of a spec. */
async function commit(
  store: Store,
  step: {
    readonly spec?: string;
    readonly id: string;
    readonly type?: string;
    readonly from?: readonly string[];
  },
  outputs: { readonly [name: string]: Output },
): Promise<Manifest> {
  const { spec, id, type = "filter", from = [] } = step;
  const stage = await store.stage();
  const records: Record<string, Manifest["outputs"][string]> = {};
  for (const [name, { kind = "rows", content }] of Object.entries(outputs)) {
    writeFileSync(join(stage.directory, name), content);
    records[name] = {
      kind,
      digest: sha256(content),
      bytes: Buffer.byteLength(content),
      rows: null,
      items: null,
    };
  }
  const manifest: Manifest = {
    key: sha256(`step ${spec} ${id}`),
    step: type,
    version: 1,
    ingredients: { step: type, from },
    outputs: records,
    summary: { facts: {} },
    seconds: 0,
    requests: 0,
    cost_usd: null,
    tokens: null,
    resolved_models: {},
  };
  await store.commit(manifest, stage, []);
  if (spec !== undefined) store.finishRun(store.startRun(spec), [{ id, key: manifest.key, status: "ran" }]);
  return manifest;
}

function rows(...items: readonly JsonObject[]): string {
  return items
    .map(
      (item) =>
        `${JSON.stringify({ id: item.id as Json, item, messages: [], sample: null, metadata: {}, grades: {} })}\n`,
    )
    .join("");
}

/** Keeps the answer to an item's question, which holds its text. */
async function ask(store: Store, spec: string, item: string, text: string, metadata = {}): Promise<string> {
  const answer = {
    ...makeAnswer(`${spec} ${item}`, `about ${text}`),
    request: {
      messages: [
        { role: "system", content: "You are a helpful librarian." },
        { role: "user", content: `Who is ${text}?` },
      ],
    },
  };
  await store.keepAnswer(answer, { spec, step: "capture", item, metadata });
  return answer.key;
}

function filesIn(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());
}

/** Files of a store that hold a text, as it is or as JSON writes it. */
function filesWith(store: Store, text: string): readonly string[] {
  return filesIn(store.directory).filter((path) => readFileSync(path).includes(text));
}

test("an item goes with its completions, rows, results and steps, and no byte of it stays in any file", async () => {
  const store = openTestStore();
  const gone = await ask(store, "a.yaml", "1", secret);
  const kept = await ask(store, "a.yaml", "2", "Charles Babbage");
  const capture = await commit(
    store,
    { spec: "a.yaml", id: "capture" },
    {
      rows: { content: rows({ id: "1", name: secret }, { id: "2", name: "Charles" }) },
    },
  );
  const exam = await commit(
    store,
    { spec: "a.yaml", id: "exam", type: "evaluate" },
    {
      results: {
        kind: "results",
        content: `${JSON.stringify({ id: "1", model: "m", sample: { output_text: `about ${secret}` } })}\n`,
      },
    },
  );
  const other = await commit(
    store,
    { spec: "a.yaml", id: "other" },
    { rows: { content: rows({ id: "2", name: "Charles" }) } },
  );
  store.remember("columns", "x", [secret]);
  expect(filesWith(store, secret).length).toBeGreaterThan(0);

  const erased = await store.erase(ofItem("1"));
  expect(erased).toMatchObject({
    answers: [gone],
    steps: [
      { key: capture.key, names: ["capture of a.yaml"] },
      { key: exam.key, names: ["exam of a.yaml"] },
    ],
    trained: [],
  });
  expect(erased?.files.map(({ kind, rows }) => [kind, rows])).toEqual([
    ["rows", 1],
    ["results", 1],
  ]);
  expect(filesWith(store, secret)).toEqual([]);
  expect(filesWith(store, "Lovelace")).toEqual([]);
  expect(store.answer(kept)).toBeDefined();
  expect(store.lookup(other.key)).toEqual(other);
  expect(store.lookup(capture.key)).toBeUndefined();
  expect(await store.verify()).toEqual([]);
});

test("what is gone has a tombstone that says when and why, until it is made again", async () => {
  const store = openTestStore();
  const key = await ask(store, "a.yaml", "1", secret);
  const content = rows({ id: "1", name: secret });
  const { key: step } = await commit(store, { spec: "a.yaml", id: "capture" }, { rows: { content } });
  await store.erase(ofItem("1"));
  for (const [id, what] of [
    [key, "answer"],
    [step, "step"],
    [sha256(content), "file"],
  ] as const)
    expect(store.tombstone(id)).toEqual({
      id,
      what,
      erased: expect.any(Number),
      reason: "asked for on paper",
      ...(what === "answer" && { mark: expect.any(Object) }),
    });
  expect([...store.tombstones()]).toHaveLength(3);

  await ask(store, "a.yaml", "1", secret);
  await commit(store, { spec: "a.yaml", id: "capture" }, { rows: { content } });
  expect([...store.tombstones()]).toEqual([]);
  await store.erase(wish());
  expect(await store.open(sha256(content))).toBeDefined();
});

test("an id means the item of the specs that it was found in; without a run it may be anybody's", async () => {
  const store = openTestStore();
  const own = await commit(
    store,
    { spec: "a.yaml", id: "split" },
    { rows: { content: rows({ id: "1", name: secret }) } },
  );
  const foreign = await commit(
    store,
    { spec: "b.yaml", id: "split" },
    { rows: { content: rows({ id: "1", name: "another" }) } },
  );
  const unknown = await commit(
    store,
    { id: "pulled" },
    { rows: { content: rows({ id: "1", name: "pulled" }) } },
  );
  const stays = await ask(store, "b.yaml", "1", "somebody else");
  const goes = await ask(store, "a.yaml", "1", secret);
  await store.erase(
    wish({ isMeant: ({ scope }) => (scope.item as JsonObject | undefined)?.name === secret }),
  );
  expect([own, foreign, unknown].map(({ key }) => store.lookup(key) !== undefined)).toEqual([
    false,
    true,
    false,
  ]);
  expect([goes, stays].map((key) => store.answer(key) !== undefined)).toEqual([false, true]);
});

test("a completion that is meant by its metadata leads to the rows of its item, and these to its other completions", async () => {
  const store = openTestStore();
  const first = await ask(store, "a.yaml", "1", secret, { customer: "c17" });
  const again = { ...makeAnswer("again", `again ${secret}`), model: "other" };
  await store.keepAnswer(again, { spec: "a.yaml", step: "exam", item: "1", metadata: {} });
  const split = await commit(
    store,
    { spec: "a.yaml", id: "split" },
    { rows: { content: rows({ id: "1", name: secret }) } },
  );
  const erased = await store.erase(wish({ isMeant: ({ metadata }) => metadata.customer === "c17" }));
  expect(erased?.answers).toEqual([first, again.key]);
  expect(store.lookup(split.key)).toBeUndefined();
  expect(filesWith(store, secret)).toEqual([]);
});

test("a model that holds its text goes, and one that was trained on its rows is named", async () => {
  const store = openTestStore();
  const content = rows({ id: "1", name: secret }, { id: "2", name: "Charles Babbage" });
  await commit(store, { spec: "a.yaml", id: "select" }, { kept: { content } });
  const from = [sha256(content)];
  const words = await commit(
    store,
    { spec: "a.yaml", id: "words", type: "train", from },
    {
      model: { kind: "model", content: JSON.stringify({ vocabulary: [secret] }) },
    },
  );
  const weights = await commit(
    store,
    { spec: "a.yaml", id: "student", type: "train", from },
    {
      model: { kind: "model", content: "0.1 0.2 of Charles Babbage" },
    },
  );
  const erased = await store.erase(ofItem("1"));
  expect(erased?.trained).toEqual([{ names: ["student of a.yaml"], rows: 1 }]);
  expect(store.lookup(words.key)).toBeUndefined();
  expect(store.lookup(weights.key)).toBeDefined();
});

test("what a program made of its rows goes, whatever it looks like, and what was made of that", async () => {
  const store = openTestStore();
  const content = rows({ id: "1", name: secret });
  await commit(store, { spec: "a.yaml", id: "split" }, { rows: { content } });
  const summary = await commit(
    store,
    { spec: "a.yaml", id: "sum", type: "command", from: [sha256(content)] },
    {
      page: { kind: "file", content: "ADA LOVELACE" },
    },
  );
  const next = await commit(
    store,
    { spec: "a.yaml", id: "next", type: "command", from: [sha256("ADA LOVELACE")] },
    {
      page: { kind: "file", content: "A. L." },
    },
  );
  await store.erase(ofItem("1"));
  expect([summary, next].map(({ key }) => store.lookup(key))).toEqual([undefined, undefined]);
});

test("what was set aside as damaged goes too, for nobody can say what it holds", async () => {
  const root = makeRoot();
  const store = openTestStore(root);
  const key = await ask(store, "a.yaml", "1", secret);
  await ask(store, "a.yaml", "2", "Charles Babbage");
  const database = new DatabaseSync(join(root, ".distill/store.sqlite"));
  database.exec("UPDATE answers SET value = replace(value, 'Who', 'How') WHERE seq = 1");
  database.close();
  expect(store.answer(key)).toBeUndefined();
  mkdirSync(join(store.directory, "damaged"), { recursive: true });
  writeFileSync(join(store.directory, "damaged", "x"), secret);
  expect(await store.erase(ofItem("2"))).toMatchObject({ damaged: 2 });
  expect(filesWith(store, secret)).toEqual([]);
});

test("a request of a batch under way is let go of", async () => {
  const store = openTestStore();
  await commit(
    store,
    { spec: "a.yaml", id: "split" },
    { rows: { content: rows({ id: "1", name: secret }) } },
  );
  const job = { id: "j", spec: "a.yaml", step: "capture", provider: {}, model: "m", created: 1 };
  const request = (content: string) => ({
    model: "m",
    messages: [{ role: "user" as const, content }],
    parameters: {},
    draw: { occurrence: 0, sample: 0 },
  });
  store.jobs.add(job, [
    { key: sha256("1"), request: request(secret) },
    { key: sha256("2"), request: request("Charles Babbage") },
  ]);
  expect(await store.erase(ofItem("1"))).toMatchObject({ requests: 1 });
  expect([...store.jobs.requests("j")].map(({ key }) => key)).toEqual([sha256("2")]);
  expect(filesWith(store, secret)).toEqual([]);
});

test("a dry run finds the same and removes nothing", async () => {
  const store = openTestStore();
  const key = await ask(store, "a.yaml", "1", secret);
  const dry = await store.erase({ ...ofItem("1"), dryRun: true });
  expect(store.answer(key)).toBeDefined();
  expect([...store.tombstones()]).toEqual([]);
  expect((await store.erase(ofItem("1")))?.answers).toEqual(dry?.answers);
});

test("completions alone go where nothing else is to, and what was made from them stays", async () => {
  const store = openTestStore();
  const key = await ask(store, "a.yaml", "1", secret);
  const again = await ask(store, "b.yaml", "1", "somebody");
  const split = await commit(
    store,
    { spec: "a.yaml", id: "split" },
    { rows: { content: rows({ id: "1", name: "x" }) } },
  );
  const only = wish({ through: false, isMeant: ({ scope }) => scope.completion === key });
  expect(await store.erase(only)).toMatchObject({ answers: [key], files: [], steps: [] });
  expect(store.answer(again)).toBeDefined();
  expect(store.lookup(split.key)).toBeDefined();
});

test("an answer that was erased does not come in from another store", async () => {
  const store = openTestStore();
  const answer = makeAnswer("x", secret);
  await store.keepAnswer(answer, { spec: "a.yaml", step: "capture", item: "1", metadata: {} });
  await store.erase(ofItem("1"));
  const foreign = [
    { answer, tags: [] },
    { answer: makeAnswer("y"), tags: [] },
  ];
  expect(store.takeInAnswers(foreign)).toEqual({ added: 1, there: 0, other: 0, erased: 1 });
  expect(store.answer(answer.key)).toBeUndefined();
});

test("contents that an erasure left behind when it was killed go with the next one", async () => {
  const store = openTestStore();
  const content = rows({ id: "1", name: secret });
  await commit(store, { spec: "a.yaml", id: "split" }, { rows: { content } });
  await store.erase(ofItem("1"));
  const digest = sha256(content);
  const folder = join(store.directory, "objects", digest.slice(0, 2));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, digest.slice(2)), content);
  await store.erase(ofItem("nobody"));
  expect(filesWith(store, secret)).toEqual([]);
});

test("where another process reads the database, bytes are left in it until the next erasure, whatever that is about", {
  timeout: 60_000,
}, async () => {
  const store = openTestStore();
  const key = await ask(store, "a.yaml", "1", secret);
  const reader = new DatabaseSync(join(store.directory, "store.sqlite"));
  reader.exec("BEGIN");
  expect(reader.prepare("SELECT count(*) AS n FROM answers").get()).toEqual({ n: 1 });
  expect(await store.erase(ofItem("1"))).toMatchObject({ answers: [key], uncleared: true });
  expect(store.answer(key)).toBeUndefined();
  expect(filesWith(store, secret).length).toBeGreaterThan(0);
  reader.close();
  expect(await store.erase(wish({ dryRun: true }))).toMatchObject({ uncleared: true });
  expect(filesWith(store, secret).length).toBeGreaterThan(0);
  expect(await store.erase(ofItem("nobody"))).toMatchObject({ answers: [], uncleared: false });
  expect(filesWith(store, secret)).toEqual([]);
  expect(await store.erase(wish({ dryRun: true }))).toMatchObject({ uncleared: false });
});

test("nothing is erased while a run is under way", async () => {
  const root = makeRoot();
  const store = openTestStore(root);
  const key = await ask(store, "a.yaml", "1", secret);
  const run = store.startRun("a.yaml");
  expect(await store.erase(ofItem("1"))).toBeUndefined();
  expect(store.answer(key)).toBeDefined();
  store.finishRun(run, []);
  expect(await store.erase(ofItem("1"))).toMatchObject({ answers: [key] });
});

test("a step whose output was erased is refused, by --frozen as well, unless it is wanted all the same", async () => {
  const store = openTestStore();
  const content = rows({ id: "1", name: secret });
  const { key } = await commit(store, { spec: "a.yaml", id: "split" }, { rows: { content } });
  const node = { id: "split", definition: { name: "split" } } as unknown as PlanNode;
  expect(refuseErased({ store, frozen: true, rebuy: new Set() }, node, key)).toBeUndefined();
  await store.erase(ofItem("1"));
  const today = new Date().toISOString().slice(0, 10);
  const message = `its output was erased on ${today}: asked for on paper`;
  expect(refuseErased({ store, frozen: true, rebuy: new Set() }, node, key)).toMatchObject({
    cause: "frozen",
    message,
  });
  expect(refuseErased({ store, frozen: false, rebuy: new Set() }, node, key)).toMatchObject({
    status: "failed",
    message,
    hint: expect.stringContaining("--force split"),
  });
  expect(refuseErased({ store, frozen: false, rebuy: new Set(["split"]) }, node, key)).toBeUndefined();
});

test("a copy goes with the completion, and rows of stored completions by their ids", async () => {
  const store = openTestStore();
  const id = "chatcmpl-0123456789";
  const answer = { ...makeAnswer("x", `about ${secret}`), provider: { type: "openai" } };
  const bought = { ...answer, answer: { ...answer.answer, provider_id: id } };
  const copy = {
    ...bought,
    key: copyKey(bought.provider, id),
    request: { messages: [{ role: "user", content: "otherwise" }] },
  };
  const imported = { ...answer, key: sha256("imported"), provider: { type: "imported", from: "chat" } };
  await store.keepAnswer(bought, { spec: "a.yaml", step: "capture", item: "1", metadata: {} });
  await store.keepAnswer(copy, { spec: "b.yaml", step: "back", item: id, metadata: {} });
  await store.keepAnswer(imported);
  const made = await Promise.all(
    [id, bought.key, imported.key].map((row) =>
      commit(store, { spec: "c.yaml", id: row }, { rows: { content: rows({ id: row, name: secret }) } }),
    ),
  );
  const other = await commit(
    store,
    { spec: "c.yaml", id: "other" },
    { rows: { content: rows({ id: "2", name: "Charles Babbage" }) } },
  );
  const erased = await store.erase(ofItem("1"));
  expect([...(erased?.answers ?? [])].sort()).toEqual([bought.key, copy.key, imported.key].sort());
  expect(made.map(({ key }) => store.lookup(key))).toEqual([undefined, undefined, undefined]);
  expect(store.lookup(other.key)).toBeDefined();
  expect(filesWith(store, secret)).toEqual([]);
  expect(erased?.left).toEqual([]);
});

test("items that are asked the same and say the same are each their own", async () => {
  const store = openTestStore();
  const [first, second] = [makeAnswer("x", "yes"), { ...makeAnswer("x", "yes"), key: sha256("second") }];
  await store.keepAnswer(first, { spec: "a.yaml", step: "capture", item: "1", metadata: {} });
  await store.keepAnswer(second, { spec: "a.yaml", step: "capture", item: "2", metadata: {} });
  expect(await store.erase(ofItem("1"))).toMatchObject({ answers: [first.key] });
});

test("rows of others that quote its sentence go, and those that only share a word with it stay", async () => {
  const store = openTestStore();
  await ask(store, "a.yaml", "1", secret);
  const content = (name: string) => rows({ id: "9", name });
  const split = rows({ id: "1", name: secret, label: "librarian" });
  await commit(store, { spec: "a.yaml", id: "split" }, { rows: { content: split } });
  const quotes = await commit(
    store,
    { spec: "b.yaml", id: "quotes" },
    { rows: { content: content(`He wrote to ${secret}.`) } },
  );
  const word = await commit(
    store,
    { spec: "b.yaml", id: "word" },
    { rows: { content: content("a librarian, or none") } },
  );
  await store.erase(ofItem("1"));
  expect(store.lookup(quotes.key)).toBeUndefined();
  expect(store.lookup(word.key)).toBeDefined();
  expect(filesWith(store, secret)).toEqual([]);
});

test("where another completion still quotes it, nobody is told that it is erased", async () => {
  const store = openTestStore();
  await ask(store, "a.yaml", "1", secret);
  const quotes = makeAnswer("y", `He wrote: about ${secret}, and that was all`);
  await store.keepAnswer(quotes, { spec: "b.yaml", step: "capture", item: "9", metadata: {} });
  writeFileSync(join(store.directory, "notes.txt"), `about ${secret}`);
  expect(await store.erase(ofItem("1"))).toMatchObject({
    left: [`completion ${quotes.key.slice(0, 12)}`, "notes.txt"],
  });
});

test("what was erased is known again under another key, and by the id of its provider", async () => {
  const store = openTestStore();
  const answer = { ...makeAnswer("x", secret), provider: { type: "openai" } };
  const bought = { ...answer, answer: { ...answer.answer, provider_id: "chatcmpl-1" } };
  await store.keepAnswer(bought, { spec: "a.yaml", step: "capture", item: "1", metadata: {} });
  expect(store.isErased(bought)).toBe(false);
  await store.erase(ofItem("1"));
  const elsewhere = { ...answer, key: sha256("elsewhere") };
  const imported = { type: "imported", from: "openai" };
  const another = { ...bought, key: sha256("other"), request: { messages: [] } };
  expect(store.isErased({ ...elsewhere, provider: imported })).toBe(true);
  expect(store.isErased(another)).toBe(true);
  expect(store.isErased({ ...another, provider: imported })).toBe(true);
  expect(store.isErased({ ...another, provider: { type: "openai", origin: "http://127.0.0.1" } })).toBe(
    false,
  );
  expect(store.isErased(makeAnswer("x", "another answer"))).toBe(true);
  expect(store.isErased({ ...makeAnswer("x", "another answer"), key: sha256("other") })).toBe(false);
  expect(filesWith(store, secret)).toEqual([]);
});
