import { expect, test } from "vitest";
import { openAnswers } from "../../../src/runner/store/answers.ts";
import { openDatabase } from "../../../src/runner/store/database.ts";
import { openTags } from "../../../src/runner/store/tags.ts";
import { openMemoryStore } from "../../support/memory-store.ts";
import { makeAnswer, sha256 } from "./answer.ts";
import { makeRoot, openTestStore, startOther } from "./fixtures.ts";

test("an answer comes back as it was kept, also in a store opened later", async () => {
  const root = makeRoot();
  const store = openTestStore(root);
  const answer = makeAnswer(1, "half a surrogate pair \ud800, a NUL \u0000 and ümläute");
  expect(await store.keepAnswer(answer)).toEqual(answer);
  expect(store.answer(answer.key)).toEqual(answer);
  store.close();
  expect(openTestStore(root).answer(answer.key)).toEqual(answer);
  expect(openTestStore(root).answer(sha256("another"))).toBeUndefined();
});

test("the first answer of a key stands, and the later caller gets it", async () => {
  const store = openTestStore();
  const kept = await Promise.all([
    store.keepAnswer(makeAnswer(1, "first")),
    store.keepAnswer(makeAnswer(1, "second")),
  ]);
  expect(kept.map(({ answer }) => answer.output_text)).toEqual(["first", "first"]);
  expect((await store.keepAnswer(makeAnswer(1, "third"))).answer.output_text).toBe("first");
});

test("answers kept at the same time share transactions", async () => {
  const database = openDatabase(makeRoot());
  let transactions = 0;
  const counted: typeof database = {
    ...database,
    write(work) {
      transactions += 1;
      return database.write(work);
    },
  };
  const answers = openAnswers(
    counted,
    openTags(counted, () => {}),
    () => {},
  );
  await Promise.all(Array.from({ length: 1000 }, (_, number) => answers.keep(makeAnswer(number))));
  expect(transactions).toBe(10);
  database.close();
});

test("closing the store keeps what was waiting", async () => {
  const root = makeRoot();
  const store = openTestStore(root);
  const kept = store.keepAnswer(makeAnswer(1));
  store.close();
  await kept;
  expect(openTestStore(root).answer(makeAnswer(1).key)).toEqual(makeAnswer(1));
});

test("a full disk refuses the answers that it has no room for and keeps the others", async () => {
  const root = makeRoot();
  const database = openDatabase(root);
  const answers = openAnswers(
    database,
    openTags(database, () => {}),
    () => {},
  );
  await answers.keep(makeAnswer(1));
  database.get("PRAGMA max_page_count = 30");
  const large = Array.from({ length: 40 }, (_, number) =>
    answers.keep(makeAnswer(`large ${number}`, "x".repeat(9000))),
  );
  const outcomes = await Promise.allSettled(large);
  expect(outcomes.map(({ status }) => status)).toEqual(Array(40).fill("rejected"));
  expect(outcomes[0]).toMatchObject({
    reason: { name: "StoreUnavailable", message: expect.stringMatching("^the disk is full: ") },
  });
  database.get("PRAGMA max_page_count = 100000");
  await answers.keep(makeAnswer(2));
  expect([1, 2].map((number) => answers.read(makeAnswer(number).key))).toEqual([
    makeAnswer(1),
    makeAnswer(2),
  ]);
  expect(answers.sealed.count()).toBe(2);
  database.close();
});

test("every answer that a killed process had acknowledged is there, ten times over", async () => {
  const root = makeRoot();
  let acknowledged = 0;
  for (let round = 0; round < 10; round += 1) {
    const other = startOther(root, "keep", `${round}-`, "100000");
    await other.printed(5 + round * 9);
    other.child.kill("SIGKILL");
    await other.ended;
    const store = openTestStore(root);
    for (const number of other.lines) {
      expect(store.answer(makeAnswer(`${round}-${number}`).key)).toEqual(makeAnswer(`${round}-${number}`));
    }
    acknowledged += other.lines.length;
    store.close();
  }
  const store = openTestStore(root);
  const found = [...store.completions({ step: "capture", metadata: { task: "routing" } })].length;
  expect(found).toBeGreaterThanOrEqual(acknowledged);
  expect(found).toBe([...store.completions({})].length);
  expect(await store.verify()).toEqual([]);
}, 60_000);

test("of two processes that keep the same answer at once one stands, and both see it", async () => {
  const root = makeRoot();
  openTestStore(root).close();
  const time = String(Date.now() + 700);
  const others = ["a", "b"].map((text) => startOther(root, "keep-same", text, time));
  await Promise.all(others.map(({ ended }) => ended));
  const store = openTestStore(root);
  const stored = Array.from(
    { length: 50 },
    (_, n) => store.answer(makeAnswer(`same ${n}`).key)?.answer.output_text,
  );
  expect(others[0]?.lines).toEqual(stored);
  expect(others[1]?.lines).toEqual(stored);
}, 60_000);

test("eight processes create a store and write to it at once", async () => {
  const root = makeRoot();
  const others = Array.from({ length: 8 }, (_, number) => startOther(root, "keep", `${number}-`, "100"));
  await Promise.all(others.map(({ ended }) => ended));
  expect(others.map(({ lines }) => lines.length)).toEqual(Array(8).fill(100));
  const store = openTestStore(root);
  expect([...store.completions({})].length).toBe(800);
  expect(await store.verify()).toEqual([]);
}, 60_000);

test("a store in memory keeps answers as well, and is gone when closed", async () => {
  const store = openMemoryStore();
  await store.keepAnswer(makeAnswer(1));
  expect(store.answer(makeAnswer(1).key)).toEqual(makeAnswer(1));
  store.close();
});
