import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { JobRequest } from "../../../src/runner/batch/job.ts";
import type { Damage } from "../../../src/runner/store.ts";
import { makeAnswer } from "./answer.ts";
import { makeRoot, openTestStore } from "./fixtures.ts";

const jobOf = (id: string) => ({
  id,
  spec: "spec.yaml",
  step: "capture",
  provider: { type: "openai" },
  model: "large",
  created: 1,
});

function requestsOf(...keys: readonly string[]): readonly JobRequest[] {
  return keys.map((key) => ({
    key,
    request: {
      model: "large",
      messages: [{ role: "user", content: key }],
      parameters: {},
      draw: { occurrence: 0, sample: 0 },
    },
  }));
}

test("a request is in one open job at most, and in none once its answer is kept", async () => {
  const store = openTestStore();
  const kept = await store.keepAnswer(makeAnswer(1));
  expect(store.jobs.add(jobOf("j1"), requestsOf("a", "b"))).toEqual({ taken: ["a", "b"], others: [] });
  expect(store.jobs.add(jobOf("j2"), requestsOf("b", "c", kept.key))).toEqual({
    taken: ["c"],
    others: ["j1"],
  });
  expect(store.jobs.open().map(({ id, requests }) => [id, requests])).toEqual([
    ["j1", 2],
    ["j2", 1],
  ]);
  expect(store.jobs.holding("b")?.id).toBe("j1");
  store.jobs.end("j1", "kept");
  expect(store.jobs.add(jobOf("j2"), requestsOf("b"))).toEqual({ taken: ["b"], others: [] });
});

test("a job with nothing to carry is not opened", async () => {
  const store = openTestStore();
  store.jobs.add(jobOf("j1"), requestsOf("a"));
  expect(store.jobs.add(jobOf("j2"), requestsOf("a"))).toEqual({ taken: [], others: ["j1"] });
  expect(store.jobs.read("j2")).toBeUndefined();
});

test("successors take over what they name, and the rest is let go", () => {
  const store = openTestStore();
  store.jobs.add(jobOf("j1"), requestsOf("a", "b", "c"));
  store.jobs.note("j1", { remote: "batch_1", cancelled: true });
  store.jobs.end("j1", "kept", [{ id: "j2", round: 2, created: 9, keys: ["c", "a"] }]);
  expect(store.jobs.read("j2")).toMatchObject({
    ...jobOf("j2"),
    created: 9,
    round: 2,
    remote: null,
    cancelled: false,
    requests: 2,
  });
  expect([...store.jobs.keys("j2")]).toEqual(["a", "c"]);
  expect(store.jobs.request("j2", "a")).toEqual(requestsOf("a")[0]!.request);
  expect(store.jobs.request("j1", "a")).toBeUndefined();
  expect(store.jobs.holding("b")).toBeUndefined();
  // It has ended: what is said of it later comes too late.
  store.jobs.note("j1", { remote: "batch_2" });
  store.jobs.end("j1", "cancelled");
  expect(store.jobs.read("j1")).toMatchObject({ outcome: "kept", remote: "batch_1" });
});

test("a job whose every request is answered ends when a run begins, unless it is still being filled", async () => {
  const store = openTestStore();
  const keys = [makeAnswer(1), makeAnswer(2)].map(({ key }) => key);
  store.jobs.add(jobOf("sent"), requestsOf(keys[0]!));
  store.jobs.note("sent", { remote: "batch_1" });
  store.jobs.add(jobOf("filling"), requestsOf(keys[1]!));
  store.finishRun(store.startRun("spec.yaml"), []);
  expect(store.jobs.open()).toHaveLength(2);
  await store.keepAnswer(makeAnswer(1));
  await store.keepAnswer(makeAnswer(2));
  store.finishRun(store.startRun("spec.yaml"), []);
  expect(store.jobs.open().map(({ id }) => id)).toEqual(["filling"]);
});

test("a job or request with a flipped bit is set aside, told, and carried by nobody", () => {
  const root = makeRoot();
  const store = openTestStore(root);
  store.jobs.add(jobOf("j1"), requestsOf("a", "the question"));
  store.close();
  const path = join(root, ".distill", "store.sqlite");
  const bytes = readFileSync(path);
  const place = bytes.indexOf('"content":"the question"');
  expect(place).toBeGreaterThan(0);
  bytes[place + 15]! ^= 1;
  writeFileSync(path, bytes);

  const damage: Damage[] = [];
  const { jobs } = openTestStore(root, { onDamage: (one) => damage.push(one) });
  expect([...jobs.keys("j1")]).toEqual(["a"]);
  expect(damage).toMatchObject([{ what: "job", detail: "does not fit its sha256" }]);
});
