import { expect, test } from "vitest";
import type { Tombstone } from "../../../src/runner/erasure.ts";
import { openPlaces } from "../../../src/runner/import/find-places.ts";
import type { ModelAnswer } from "../../../src/runner/provider.ts";
import type { StoredAnswer } from "../../../src/runner/store.ts";
import { makeAnswer } from "../store/answer.ts";

const request = {
  provider: { type: "imported" },
  model: "m",
  messages: [{ role: "user", content: "toss" }],
  parameters: {},
};

/** A store that counts how often it is asked. */
function countingStore() {
  const kept = new Map<string, StoredAnswer>();
  const gone = new Map<string, Tombstone>();
  let asked = 0;
  return {
    kept,
    gone,
    asked: () => asked,
    answer(key: string) {
      asked += 1;
      return kept.get(key);
    },
    tombstone: (key: string) => gone.get(key),
  };
}

const says = (text: string, id: string | null = null): ModelAnswer => ({
  ...makeAnswer("x", text).answer,
  provider_id: id,
});

/** Gives answers their places, and keeps them there. */
function keep(store: ReturnType<typeof countingStore>, answers: readonly ModelAnswer[]): readonly number[] {
  const places = openPlaces(store);
  return answers.map((answer) => {
    const { key, sample } = places.find(request, answer);
    places.take(key);
    store.kept.set(key, { ...makeAnswer("x"), key, sample, answer });
    return sample;
  });
}

test("answers to one request are samples of it, and those that are there are found again, each once", () => {
  const store = countingStore();
  expect(keep(store, [says("head"), says("tail"), says("head")])).toEqual([0, 1, 2]);
  expect(keep(store, [says("edge"), says("head"), says("head"), says("head"), says("tail")])).toEqual([
    3, 0, 2, 4, 1,
  ]);
});

test("what has another id of its provider is another answer, although it says the same", () => {
  const store = countingStore();
  expect(keep(store, [says("head", "a"), says("head", "b")])).toEqual([0, 1]);
  expect(keep(store, [says("head", "b"), says("head", "c"), says("head")])).toEqual([1, 2, 0]);
});

test("the place of one that was erased stays empty, and does not keep others out", () => {
  const store = countingStore();
  keep(store, [says("head"), says("tail")]);
  const [first] = store.kept.keys();
  store.kept.delete(first!);
  const mark = { provider: {}, provider_id: null, salt: "", digest: "" };
  store.gone.set(first!, { id: first!, what: "answer", erased: 0, reason: "", mark });
  expect(keep(store, [says("tail"), says("edge")])).toEqual([1, 2]);
});

test("a thousand answers to one request ask the store about each place once, and not a thousand times", () => {
  const store = countingStore();
  const answers = Array.from({ length: 1000 }, (_, n) => says(`side ${n}`));
  keep(store, answers);
  expect(store.asked()).toBe(1);
  expect(keep(store, answers)).toEqual(answers.map((_, n) => n));
  expect(store.asked()).toBe(1002);
});
