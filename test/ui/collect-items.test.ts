import { afterEach, beforeEach, expect, test } from "vitest";
import { collectItems } from "../../src/report/html/collect-items.ts";
import type { ItemSet } from "../../src/report/html/data.ts";
import { readContents } from "../../src/runner/contents.ts";
import { forecastSteps } from "../../src/runner/forecast.ts";
import { openStore } from "../../src/runner/store/open-store.ts";
import type { Store } from "../../src/runner/store.ts";
import { greetings } from "../support/greetings.ts";
import { openRig, type Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = openRig({
    ...greetings,
    "exam.jsonl": [
      { id: "e0", text: "yes", tone: "warm", tags: ["a", "b"], copy: "yes" },
      { id: "e1", text: "no", tone: "cool" },
    ]
      .map((row) => `${JSON.stringify(row)}\n`)
      .join(""),
  });
  rig.edit(
    "spec.yaml",
    "models: [teacher, student], graders: [same]",
    "models: [teacher, student], graders: [same], samples: 2",
  );
  // The student gets the second item wrong.
  const well = rig.provider.answer;
  rig.provider.answer = (request, n) =>
    request.model === "small" && well(request, n).includes('"no"') ? '{"said":"yes"}' : well(request, n);
  await rig.run();
});

afterEach(() => rig.close());

/** What is collected, with a way to the store that a test may bar. */
async function collect(
  options: { readonly maxItems?: number; readonly bar?: (digest: string, rows: string) => boolean } = {},
): Promise<readonly ItemSet[]> {
  const plan = rig.plan();
  const store = openStore(rig.folder);
  try {
    const contents = await readContents(plan, (path) => store.digestFile(path));
    forecastSteps({ plan, store, lock: undefined, contents, force: new Set() });
    const open: Store["open"] = async (digest) =>
      options.bar?.(digest, contents.manifest("once")!.outputs.kept!.digest) ? undefined : store.open(digest);
    return await collectItems(plan, contents, { open }, { maxItems: options.maxItems ?? 100 });
  } finally {
    store.close();
  }
}

test("every item comes with its prompt, what the prompt does not show, and all answers with grades by name", async () => {
  const [set, ...others] = await collect();
  expect(others).toEqual([]);
  expect(set).toMatchObject({
    step: "judged",
    rows: "exam",
    graders: ["same"],
    models: ["teacher", "student"],
    total: 2,
  });
  expect(set!.items.map(({ id }) => id)).toEqual(["e0", "e1"]);
  const [first, second] = set!.items;
  expect(first!.messages).toEqual([{ role: "user", content: "yes" }]);
  expect(first!.metadata).toEqual({ tone: "warm", tags: '["a","b"]' });
  expect(second!.answers.map(({ model, sample, grades }) => [model, sample, grades.same!.passed])).toEqual([
    ["teacher", 0, true],
    ["teacher", 1, true],
    ["student", 0, false],
    ["student", 1, false],
  ]);
  expect(second!.answers[2]).toMatchObject({ output_text: '{"said":"yes"}', finish_reason: "stop" });
});

test("of many items only the first are taken, and how many there are is told", async () => {
  const [set] = await collect({ maxItems: 1 });
  expect(set).toMatchObject({ total: 2, items: [{ id: "e0" }] });
  expect(set!.items).toHaveLength(1);
  expect(set!.items[0]!.answers).toHaveLength(4);
});

test("rows that a step made are joined as well; where they are gone, the answers are still there", async () => {
  rig.edit("spec.yaml", "rows: exam, prompt: say", "rows: once, prompt: say");
  await rig.run();
  const [set] = await collect();
  expect(set!.items.map(({ id, messages }) => [id, messages[0]?.content])).toEqual([
    ["p0", "hi"],
    ["p1", "hello"],
    ["p3", "hey"],
    ["p4", "welcome"],
  ]);
  const [without] = await collect({ bar: (digest, rows) => digest === rows });
  expect(without!.items.map(({ id, messages, answers }) => [id, messages.length, answers.length])).toEqual([
    ["p0", 0, 4],
    ["p1", 0, 4],
    ["p3", 0, 4],
    ["p4", 0, 4],
  ]);
});

test("an evaluation whose results are not in the store is left out", async () => {
  expect(await collect({ bar: () => true })).toEqual([]);
});
