import { describe, expect, test } from "vitest";
import { RequestFailure } from "../../src/runner/provider.ts";
import { StepFailure, StepIncomplete } from "../../src/runner/step-failure.ts";
import { generate } from "../../src/steps/generate.ts";
import { lastUserText, scriptedModel } from "../support/scripted-model.ts";
import { type RigWorld, rowOf, sampleOf, stepRig } from "../support/step-rig.ts";

const echo = () => scriptedModel("teacher", (ask) => `re: ${lastUserText(ask)}`);
const pool = [
  rowOf("1", { text: "no ink" }),
  rowOf("2", { text: "käse 🧀" }),
  rowOf("3", { text: "no ink" }),
];
const prompts = {
  route: { request: { temperature: 0, top_p: 1 }, messages: [{ role: "user", content: "{{ item.text }}" }] },
};

function rig(params: object, world: RigWorld = {}) {
  return stepRig(
    generate,
    { rows: "pool", prompt: "route", model: "teacher", ...params },
    { rows: { pool }, prompts, models: { teacher: echo() }, ...world },
  );
}

describe("generate", () => {
  test("gives one row per item and sample, in order, with the messages that were sent", async () => {
    const { rows, facts, lines } = await rig({ samples: 2 }).run();
    expect(rows.rows?.map((row) => [row.id, row.sample.index])).toEqual([
      ["1", 0],
      ["1", 1],
      ["2", 0],
      ["2", 1],
      ["3", 0],
      ["3", 1],
    ]);
    expect(rows.rows?.[2]).toEqual({
      id: "2",
      item: { text: "käse 🧀" },
      messages: [{ role: "user", content: "käse 🧀" }],
      sample: {
        index: 0,
        output_text: "re: käse 🧀",
        output_json: null,
        tool_calls: [],
        finish_reason: "stop",
        logprobs: null,
      },
      metadata: {},
      grades: {},
    });
    expect(facts).toMatchObject({ rows: 6, items: 3, samples: 2, finish_reasons: { stop: 6 } });
    expect(lines).toEqual(["6 answers of teacher"]);
  });

  test("identical items take successive draws", async () => {
    const teacher = echo();
    await rig({ samples: 2 }, { models: { teacher } }).run();
    expect(teacher.asks.map(({ draw, tags }) => [tags?.item, draw.occurrence, draw.sample])).toEqual([
      ["1", 0, 0],
      ["1", 0, 1],
      ["2", 0, 0],
      ["2", 0, 1],
      ["3", 1, 0],
      ["3", 1, 1],
    ]);
  });

  test("the step's request wins over the prompt's", async () => {
    const teacher = echo();
    await rig({ request: { temperature: 1 }, limit: 1 }, { models: { teacher } }).run();
    expect(teacher.asks.map(({ parameters }) => parameters)).toEqual([{ temperature: 1, top_p: 1 }]);
  });

  test("limit takes the first items", async () => {
    expect((await rig({ limit: 2, samples: 2 }).run()).facts).toMatchObject({ items: 2, rows: 4 });
  });

  test("structured answers are parsed, and what only looks so is not", async () => {
    const answers: Record<string, string> = {
      a: '{"team":"x"}',
      b: " [1, 2]",
      c: '"text"',
      d: "{broken",
      e: "12",
      f: "[".repeat(300) + "]".repeat(300),
    };
    const rows = Object.keys(answers).map((text) => rowOf(text, { text }));
    const teacher = scriptedModel("teacher", (ask) => answers[lastUserText(ask)]!);
    const result = await rig({}, { rows: { pool: rows }, models: { teacher } }).run();
    expect(result.rows.rows?.map((row) => row.sample.output_json)).toEqual([
      { team: "x" },
      [1, 2],
      null,
      null,
      null,
      null,
    ]);
  });

  test("refusals and cut answers are rows, and are counted", async () => {
    const teacher = scriptedModel("teacher", [
      "fine",
      { finish_reason: "length" },
      { finish_reason: "refusal" },
    ]);
    const { facts, lines } = await rig({}, { models: { teacher }, execution: { concurrency: 1 } }).run();
    expect(facts.finish_reasons).toEqual({ stop: 1, length: 1, refusal: 1 });
    expect(lines).toEqual(["3 answers of teacher", "length 1   refusal 1"]);
  });

  describe("metadata", () => {
    const metadata = { task: "routing", about: "{{ item.text }}" };

    test("completions carry all of it, rows only what is read downstream", async () => {
      const teacher = echo();
      const rows = [rowOf("1", { text: "no ink" }, { metadata: { old: "kept" } })];
      const result = await rig(
        { metadata },
        { rows: { pool: rows }, models: { teacher }, metadataRead: ["about"] },
      ).run();
      expect(result.rows.rows?.[0]).toMatchObject({ metadata: { old: "kept", about: "no ink" } });
      expect(teacher.asks[0]?.tags).toEqual({ item: "1", metadata: { task: "routing", about: "no ink" } });
    });

    test("retag asks again under the new tags", async () => {
      const teacher = echo();
      const { context } = rig({ metadata }, { models: { teacher } });
      await generate.retag?.(context());
      expect(teacher.asks.map(({ tags }) => tags?.metadata.about)).toEqual(["no ink", "käse 🧀", "no ink"]);
    });

    test("too many entries and long keys are faults of the plan", () => {
      const entries = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, "v"]));
      expect(rig({ metadata: { ...entries, ["é/".repeat(40)]: "v" } }).check()).toEqual([
        "/metadata: metadata has 18 entries, and at most 16 are stored",
        `/metadata/${"é~1".repeat(40)}: a metadata key has at most 64 characters, and this has 80`,
      ]);
      expect(rig({ metadata }).check()).toEqual([]);
    });

    test("a long value names item and key before anything is sent", async () => {
      const teacher = echo();
      const long = [rowOf("1", { text: "🧀".repeat(512) }), rowOf("2", { text: "x".repeat(513) })];
      await expect(rig({ metadata }, { rows: { pool: long }, models: { teacher } }).run()).rejects.toThrow(
        'item "2": metadata "about" has 513 characters, and at most 512 are stored',
      );
      expect(teacher.asks).toEqual([]);
    });
  });

  test("a row over which the prompt cannot be rendered is named before anything is sent", async () => {
    const teacher = echo();
    const rows = [...pool, rowOf("4", {})];
    await expect(rig({}, { rows: { pool: rows }, models: { teacher } }).run()).rejects.toThrow(
      /row "4": prompt "route" cannot be evaluated: .*text/,
    );
    expect(teacher.asks).toEqual([]);
  });

  test("several rows of one item are refused with what to do", async () => {
    const rows = [0, 1].map((index) => rowOf("1", { text: "x" }, { sample: sampleOf("", { index }) }));
    const failure = await rig({}, { rows: { pool: rows } })
      .run()
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StepFailure);
    expect(failure).toMatchObject({
      message: expect.stringContaining('item "1" comes more than once'),
      hint: expect.stringContaining("sample.index == 0"),
    });
  });

  test("no items give no rows, and a warning", async () => {
    const { rows, facts, warnings } = await rig({}, { rows: { pool: [] } }).run();
    expect([rows, facts.rows, warnings]).toEqual([{}, 0, ["there are no items to ask about"]]);
  });

  test("a missing answer leaves the step incomplete, with its item", async () => {
    const teacher = scriptedModel("teacher", (ask) =>
      ask.tags?.item === "2" ? new RequestFailure("timed out", { hint: "ask later" }) : "ok",
    );
    const failure = await rig({}, { models: { teacher } })
      .run()
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StepIncomplete);
    expect(failure).toMatchObject({ missing: ["2"], hint: "ask later" });
    expect(teacher.asks).toHaveLength(3);
  });

  test("estimates answers by items, limit and samples", () => {
    const estimate = (params: object, items: number | undefined) =>
      generate.estimate?.({ params: rig(params).params as never, items: () => items });
    expect(estimate({ samples: 3 }, 10)).toEqual([{ model: "teacher", answers: 30 }]);
    expect(estimate({ samples: 3, limit: 4 }, 10)).toEqual([{ model: "teacher", answers: 12 }]);
    expect(estimate({}, undefined)).toEqual([{ model: "teacher", answers: undefined }]);
  });

  test("its rows have answers and the metadata that it gives", () => {
    const { params } = rig({ metadata: { task: "x" } });
    const shape = generate
      .outputs(params as never)
      .rows?.shape?.(() => ({ columns: ["text"], sample: false, metadata: ["old"] }));
    expect(shape).toEqual({ columns: ["text"], sample: true, metadata: ["old", "task"] });
  });
});
