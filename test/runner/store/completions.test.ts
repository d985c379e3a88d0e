import { expect, test } from "vitest";
import { copyKey } from "../../../src/runner/completion-copy.ts";
import type { CompletionFilter, Store, Tags } from "../../../src/runner/store.ts";
import { makeAnswer } from "./answer.ts";
import { openTestStore } from "./fixtures.ts";

function tagsOf(number: number, department: string, step = "capture"): Omit<Tags, "answer"> {
  return { spec: "router", step, item: `item ${number}`, metadata: { task: "routing", department } };
}

async function fill(store: Store, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const answer = makeAnswer(number, "text", number % 2 === 0 ? "even" : "odd");
    void store.keepAnswer(answer, tagsOf(number, number % 3 === 0 ? "network" : 'print"ing'));
  }
  await store.keepAnswer(makeAnswer("untagged"));
}

function find(store: Store, filter: CompletionFilter): string[] {
  return [...store.completions(filter)].map(
    ({ request }) => JSON.stringify(request).match(/question (\w+)/)![1]!,
  );
}

test("completions are found by model, step, metadata and the beginning of their id, the newest last", async () => {
  const store = openTestStore();
  await fill(store, 7);
  expect(find(store, {})).toEqual(["0", "1", "2", "3", "4", "5", "6", "untagged"]);
  expect(find(store, { model: "odd" })).toEqual(["1", "3", "5"]);
  expect(find(store, { step: "capture", model: "even" })).toEqual(["0", "2", "4", "6"]);
  expect(find(store, { step: "other" })).toEqual([]);
  expect(find(store, { metadata: { department: "network" } })).toEqual(["0", "3", "6"]);
  expect(find(store, { metadata: { department: 'print"ing', task: "routing" }, model: "odd" })).toEqual([
    "1",
    "5",
  ]);
  expect(find(store, { metadata: { department: "net" } })).toEqual([]);
  expect(find(store, { id: makeAnswer(4).key.slice(0, 12) })).toEqual(["4"]);
});

test("completions are paged by limit and after, or cut to the last few", async () => {
  const store = openTestStore();
  await fill(store, 7);
  expect(find(store, { limit: 2 })).toEqual(["0", "1"]);
  expect(find(store, { limit: 2, after: makeAnswer(1).key })).toEqual(["2", "3"]);
  expect(find(store, { last: 3 })).toEqual(["5", "6", "untagged"]);
  expect(find(store, { last: 2, model: "even" })).toEqual(["4", "6"]);
  expect(find(store, { last: 2, metadata: { department: "network" } })).toEqual(["3", "6"]);
  expect(find(store, { last: 100 })).toHaveLength(8);
  expect(find(store, { last: 0 })).toEqual([]);
  expect(find(store, { limit: 0 })).toEqual([]);
  expect(() => find(store, { after: "unknown" })).toThrow("no completion has the id unknown");
});

test("more completions than a page are all found, each once, while others are kept", async () => {
  const store = openTestStore();
  await fill(store, 450);
  const found: string[] = [];
  for (const completion of store.completions({ step: "capture" })) {
    found.push(completion.key);
    if (found.length === 10) await store.keepAnswer(makeAnswer("late"), tagsOf(0, "network"));
  }
  expect(found).toEqual(Array.from({ length: 450 }, (_, number) => makeAnswer(number).key));
});

test("a completion lists the tags of every step that stored it", async () => {
  const store = openTestStore();
  await store.keepAnswer(makeAnswer(1), tagsOf(1, "network"));
  await store.keepAnswer(makeAnswer(1), tagsOf(1, "vpn", "again"));
  const [completion] = store.completions({ metadata: { department: "vpn" } });
  expect(completion?.tags).toEqual([
    { ...tagsOf(1, "vpn", "again"), answer: makeAnswer(1).key },
    { ...tagsOf(1, "network"), answer: makeAnswer(1).key },
  ]);
});

test("tags of a step are added to what is there, and replaced only for the same answer and item", async () => {
  const store = openTestStore();
  const key = (number: number) => makeAnswer(number).key;
  for (const number of [1, 2, 3]) await store.keepAnswer(makeAnswer(number), tagsOf(number, "network"));
  await store.keepAnswer(makeAnswer(1), tagsOf(1, "network", "other"));
  store.tag("router", "capture", [
    { ...tagsOf(1, "vpn"), answer: key(1) },
    { ...tagsOf(2, "network"), answer: key(2) },
    { ...tagsOf(9, "vpn"), answer: key(9) },
  ]);
  expect(find(store, { step: "capture" })).toEqual(["1", "2", "3"]);
  expect(find(store, { metadata: { department: "vpn" } })).toEqual(["1"]);
  expect(find(store, { step: "capture", metadata: { department: "network" } })).toEqual(["2", "3"]);
  expect(find(store, { step: "other", metadata: { department: "network" } })).toEqual(["1"]);
  store.tag("router", "capture", []);
  expect(find(store, { step: "capture" })).toEqual(["1", "2", "3"]);
  expect(find(store, {})).toEqual(["1", "2", "3"]);
});

test("copies are left out where their answers were bought here, also of the last few", async () => {
  const store = openTestStore();
  const provider = { type: "openai" };
  const withId = (name: string, id: string | null) => {
    const answer = makeAnswer(name);
    return { ...answer, provider, answer: { ...answer.answer, provider_id: id } };
  };
  const copyOf = (name: string, id: string) => ({ ...withId(name, id), key: copyKey(provider, id) });
  await store.keepAnswer(withId("one", "chatcmpl-1"), tagsOf(1, "network"));
  await store.keepAnswer(copyOf("onecopied", "chatcmpl-1"), tagsOf(1, "network", "back"));
  await store.keepAnswer(copyOf("two", "chatcmpl-2"), tagsOf(2, "network", "back"));
  await store.keepAnswer(withId("three", null), tagsOf(3, "network"));
  await store.keepAnswer({ ...withId("four", "chatcmpl-2"), provider: { type: "other" } });
  await store.keepAnswer(copyOf("lateronecopied", "chatcmpl-3"), tagsOf(4, "network", "back"));
  await store.keepAnswer(withId("five", "chatcmpl-3"), tagsOf(5, "network"));
  expect(find(store, { withoutCopies: true })).toEqual(["one", "two", "three", "four", "five"]);
  expect(find(store, { withoutCopies: true, last: 4 })).toEqual(["two", "three", "four", "five"]);
  expect(find(store, { withoutCopies: true, metadata: { department: "network" } })).toEqual([
    "one",
    "two",
    "three",
    "five",
  ]);
  expect(find(store, {})).toHaveLength(7);
});
