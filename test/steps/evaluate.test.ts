import { describe, expect, test } from "vitest";
import { RequestFailure } from "../../src/runner/provider.ts";
import { StepIncomplete } from "../../src/runner/step-failure.ts";
import { wilsonInterval } from "../../src/stats/wilson.ts";
import { evaluate } from "../../src/steps/evaluate.ts";
import { stringCheck } from "../../src/steps/graders/string-check.ts";
import { lastUserText, scriptedModel } from "../support/scripted-model.ts";
import { dig, openGrader, type RigWorld, rowOf, scriptedGrader, stepRig } from "../support/step-rig.ts";

const rows = ["printing", "network", "printing", "security"].map((team, index) =>
  rowOf(`t${index}`, { text: `${index} ${team}`, team }),
);
const prompts = { route: { messages: [{ role: "user", content: "{{ item.text }}" }] } };
const teamOf = (text: string) => text.split(" ")[1]!;
const right = () => scriptedModel("teacher", (ask) => teamOf(lastUserText(ask)));
const alwaysPrinting = () => scriptedModel("student", ["printing"]);
const correct = openGrader("correct", stringCheck, {
  input: "{{ sample.output_text }}",
  reference: "{{ item.team }}",
  operation: "eq",
});

function rig(params: object = {}, world: RigWorld = {}) {
  return stepRig(
    evaluate,
    { rows: "test", prompt: "route", models: ["teacher", "student"], graders: ["correct"], ...params },
    {
      rows: { test: rows },
      prompts,
      models: { teacher: right(), student: alwaysPrinting() },
      graders: { correct },
      ...world,
    },
  );
}

interface Interval {
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

describe("evaluate", () => {
  test("writes one line per model, item and sample, in the order of models", async () => {
    const { rows: out } = await rig({ samples: 2, limit: 2 }).run();
    const model = (name: string) => ({ teacher: right(), student: alwaysPrinting() })[name]!.digest;
    expect(out.results?.map((line) => [line.model, line.id, line.sample.index])).toEqual(
      ["teacher", "student"].flatMap((name) =>
        ["t0", "t1"].flatMap((id) => [0, 1].map((index) => [model(name), id, index])),
      ),
    );
    expect(out.results?.[5]).toMatchObject({
      grades: { [correct.digest]: { passed: true, label: "printing", expected: "printing" } },
    });
  });

  test("sums up each model under each grader, with Wilson's interval and the labels' confusion", async () => {
    const twice = [...rows, ...rows.map((row) => ({ ...row, id: `${row.id} again` }))];
    const { facts, lines, metrics } = await rig({}, { rows: { test: twice } }).run();
    const student = dig(facts, "by_model", alwaysPrinting().digest, "graders", correct.digest);
    expect(student).toEqual({
      answers: 8,
      items: 8,
      passed: 4,
      rate: 0.5,
      ...wilsonInterval(4, 8),
      mean_score: 0.5,
      invalid: 0,
      confusion: {
        labels: ["network", "printing", "security"],
        counts: [
          [0, 2, 0],
          [0, 4, 0],
          [0, 2, 0],
        ],
        other: [0, 0, 0],
      },
      macro_f1: expect.closeTo(2 / 3 / 3, 10),
    });
    expect(lines).toMatchInlineSnapshot(`
      [
        "16 answers of 2 models to 8 items",
        "correct  teacher  100.0 %  (67.6 … 100.0)",
        "correct  student  50.0 %  (21.5 … 78.5)",
      ]
    `);
    expect(metrics).toMatchObject({
      items: 8,
      "correct.student.rate": 0.5,
      "correct.student.macro_f1": 0.222222,
    });
  });

  test("with several samples the rate is the mean of items, and items are what is counted", async () => {
    const student = scriptedModel("student", (ask) =>
      ask.draw.sample === 0 ? teamOf(lastUserText(ask)) : "no",
    );
    const { facts } = await rig({ samples: 3, models: ["student"] }, { models: { student } }).run();
    expect(dig(facts, "by_model", student.digest, "graders", correct.digest)).toMatchObject({
      answers: 12,
      items: 4,
      passed: 4,
      rate: expect.closeTo(1 / 3, 12),
      low: wilsonInterval(1, 4).low,
      high: wilsonInterval(2, 4).high,
    });
  });

  test("an answer that cannot be judged is not passed, and is counted", async () => {
    const grader = openGrader("g", stringCheck, {
      input: "{{ sample.output_json.team }}",
      reference: "{{ item.team }}",
      operation: "eq",
    });
    const student = scriptedModel("student", (ask) =>
      ask.tags?.item === "t0" ? '{"team":"printing"}' : "Sorry",
    );
    const { facts, warnings } = await rig(
      { models: ["student"] },
      { models: { student }, graders: { correct: grader } },
    ).run();
    const judged = dig(facts, "by_model", student.digest, "graders", grader.digest);
    expect(judged).toMatchObject({
      passed: 1,
      invalid: 3,
      rate: 0.25,
    });
    expect(JSON.stringify(judged)).not.toContain("output_json");
    expect(warnings).toEqual([]);
  });

  test("a grader that can judge no answer of any model is told", async () => {
    const grader = openGrader("g", stringCheck, {
      input: "{{ sample.output_json.taem }}",
      reference: "x",
      operation: "eq",
    });
    const { warnings } = await rig({}, { graders: { correct: grader } }).run();
    expect(warnings).toEqual([expect.stringMatching(/^grader "g" could judge no answer: input: /)]);
  });

  test("two names of one model are one model, at the place of the first", async () => {
    const teacher = right();
    const student = alwaysPrinting();
    const rigged = rig(
      { models: ["teacher", "student", "again"] },
      { models: { teacher, student, again: { ...student, digest: teacher.digest } } },
    );
    const result = await rigged.run();
    expect(result.facts.models).toEqual([teacher.digest, student.digest]);
    expect(rigged.recompute(await rigged.evidence(result))).toStrictEqual(result.facts);
  });

  test("identical items take successive draws of every model", async () => {
    const teacher = right();
    const twins = ["a", "b"].map((id) => rowOf(id, { text: "0 x", team: "x" }));
    await rig({ models: ["teacher"] }, { rows: { test: twins }, models: { teacher } }).run();
    expect(teacher.asks.map(({ draw }) => draw.occurrence)).toEqual([0, 1]);
  });

  test("tells the share of a cascade that its first model served", async () => {
    const student = scriptedModel("student", (ask) => ({
      output_text: "x",
      served_by: ask.tags?.item === "t0" ? "first" : "fallback",
    }));
    const { facts, metrics } = await rig({ models: ["student"] }, { models: { student } }).run();
    expect(dig(facts, "by_model", student.digest, "served")).toEqual({ first: 1, total: 4 });
    expect(metrics).toMatchObject({ "student.served_by_first": 0.25 });
  });

  test("what an answer took stands in its line and is summed up where it is kept with the answer", async () => {
    const student = scriptedModel("student", (ask) => ({
      latency_ms: 10.4 * (1 + ask.draw.occurrence),
      cost_usd: 0.1,
      usage: { input_tokens: 5, output_tokens: 2 },
    }));
    const {
      rows: out,
      facts,
      measured,
    } = await rig(
      { models: ["student"], usage: true },
      { models: { student }, rows: { test: rows.slice(0, 3) } },
    ).run();
    expect(out.results?.[0]).toMatchObject({
      usage: { latency_ms: 10, cost_usd: 0.1, input_tokens: 5, output_tokens: 2 },
    });
    expect(dig(facts, "by_model", student.digest)).toMatchObject({
      latency_ms: { p50: 10, p95: 10, answers: 3 },
      cost_usd: { total: 0.1 + 0.1 + 0.1, answers: 3 },
      tokens: { input: 15, output: 6, answers: 3 },
    });
    expect(measured).toEqual({ by_model: {} });
  });

  test("a record that tells nothing is no record of nothing", async () => {
    const { rows: out, facts } = await rig({ models: ["teacher"], usage: true }).run();
    expect(out.results?.[0]).toMatchObject({
      usage: { latency_ms: null, cost_usd: null, input_tokens: null, output_tokens: null },
    });
    expect(dig(facts, "by_model", right().digest)).not.toHaveProperty("latency_ms");
    expect(dig(facts, "by_model", right().digest)).not.toHaveProperty("cost_usd");
  });

  test("a figure that no JSON holds counts as not recorded", async () => {
    const student = scriptedModel("student", [
      { latency_ms: Number.POSITIVE_INFINITY, usage: { input_tokens: 1, output_tokens: Number.NaN } },
    ]);
    const rigged = rig({ models: ["student"], usage: true }, { models: { student } });
    const result = await rigged.run();
    expect(dig(result.facts, "by_model", student.digest)).not.toHaveProperty("tokens");
    expect(rigged.recompute(await rigged.evidence(result))).toStrictEqual(result.facts);
  });

  test("a model that answers afresh leaves nothing of its time in lines and facts", async () => {
    const student = scriptedModel("student", [{ latency_ms: 0.25 }], { kept: false });
    const { rows: out, facts, measured } = await rig({ models: ["student"] }, { models: { student } }).run();
    expect(out.results?.[0]).not.toHaveProperty("usage");
    expect(JSON.stringify(facts)).not.toContain("latency");
    expect(measured).toEqual({
      by_model: { [student.digest]: { latency_ms: { p50: 0.25, p95: 0.25, answers: 4 } } },
    });
  });

  test("answers that ended by length are counted", async () => {
    const student = scriptedModel("student", (ask) => ({
      finish_reason: ask.tags?.item === "t1" ? "length" : "stop",
    }));
    const { facts, metrics } = await rig({ models: ["student"] }, { models: { student } }).run();
    expect(dig(facts, "by_model", student.digest, "truncated")).toBe(1);
    expect(metrics).toMatchObject({ "student.truncated": 1 });
  });

  test("items of one group are drawn together, so that many of one tell little", async () => {
    const grouped = Array.from({ length: 40 }, (_, index) =>
      rowOf(`t${index}`, {
        text: `${index} ${index % 8 < 4 ? "printing" : "network"}`,
        team: "printing",
        customer: index % 8,
      }),
    );
    const world = { rows: { test: grouped }, models: { teacher: right() } };
    const ratesOf = async (params: object) =>
      dig((await rig({ models: ["teacher"], ...params }, world).run()).facts, "by_model", right().digest);
    const alone = dig(await ratesOf({}), "graders", correct.digest) as Interval;
    const together = await ratesOf({ group_by: "item.customer" });
    const drawn = dig(together, "graders", correct.digest) as Interval;
    expect(dig(together, "groups")).toBe(8);
    expect(drawn.rate).toBe(0.5);
    expect(drawn.high - drawn.low).toBeGreaterThan(1.5 * (alone.high - alone.low));
  });

  test.each([
    ["one group", "'all'", 1],
    ["groups that are all alike", "item.text", 4],
  ])("%s: each counts as one item", async (_, group_by, groups) => {
    const { facts } = await rig({ models: ["teacher"], group_by }).run();
    expect(dig(facts, "by_model", right().digest, "graders", correct.digest)).toMatchObject({
      rate: 1,
      ...wilsonInterval(groups, groups),
    });
  });

  test("slices tell each of their values apart", async () => {
    const { rows: out, facts } = await rig({ slices: { team: "item.team", known: "true" } }).run();
    expect(out.results?.[1]).toMatchObject({ id: "t1", slices: { team: "network", known: "true" } });
    const student = dig(facts, "by_model", alwaysPrinting().digest, "slices");
    expect(student).toEqual({
      team: {
        network: { items: 1, graders: { [correct.digest]: { passed: 0, rate: 0, ...wilsonInterval(0, 1) } } },
        printing: {
          items: 2,
          graders: { [correct.digest]: { passed: 2, rate: 1, ...wilsonInterval(2, 2) } },
        },
        security: {
          items: 1,
          graders: { [correct.digest]: { passed: 0, rate: 0, ...wilsonInterval(0, 1) } },
        },
      },
      known: {
        true: { items: 4, graders: { [correct.digest]: { passed: 2, rate: 0.5, ...wilsonInterval(2, 4) } } },
      },
    });
  });

  test("the order in which slices are written changes no byte", async () => {
    const linesOf = async (slices: object) => {
      const rigged = rig({ slices });
      const result = await rigged.run();
      return JSON.stringify([result, await rigged.evidence(result)]);
    };
    expect(await linesOf({ team: "item.team", known: "true" })).toBe(
      await linesOf({ known: "true", team: "item.team" }),
    );
  });

  test("a slice of texts is refused before anything is asked", async () => {
    const teacher = right();
    const many = Array.from({ length: 51 }, (_, index) => rowOf(`t${index}`, { text: `${index} x` }));
    const world = { rows: { test: many }, models: { teacher } };
    await expect(rig({ models: ["teacher"], slices: { text: "item.text" } }, world).run()).rejects.toThrow(
      'slice "text" has 51 values, and a slice has at most 50',
    );
    const long = [rowOf("t0", { text: "x".repeat(65) })];
    await expect(
      rig({ models: ["teacher"], slices: { text: "item.text" } }, { ...world, rows: { test: long } }).run(),
    ).rejects.toThrow('slice "text" has a value of more than 64 characters');
    expect(teacher.asks).toEqual([]);
  });

  test.each([
    ["group_by", { group_by: "item.customer" }, "group_by"],
    ["a slice", { slices: { who: "item.customer" } }, 'slice "who"'],
  ])("a row without the field of %s is named", async (_, params, what) => {
    await expect(rig(params).run()).rejects.toThrow(
      new RegExp(`row "t0": ${what} cannot be evaluated: .*customer`),
    );
  });

  test("scores of a grader that is not all or nothing are averaged", async () => {
    const grader = scriptedGrader("half", (row) => ({
      score: row.id === "t0" ? 1 : 0.5,
      passed: row.id === "t0",
    }));
    const { facts } = await rig(
      { models: ["teacher"], graders: ["half"] },
      { graders: { half: grader } },
    ).run();
    const judged = dig(facts, "by_model", right().digest, "graders", grader.digest);
    expect(judged).toMatchObject({
      rate: 0.25,
      mean_score: 0.625,
      score: { mean: 0.625, low: expect.any(Number), high: expect.any(Number) },
    });
    expect(judged).not.toHaveProperty("confusion");
  });

  test("one answer missing of one model leaves the step incomplete and writes nothing", async () => {
    const student = scriptedModel("student", (ask) =>
      ask.tags?.item === "t3" ? new RequestFailure("down") : "x",
    );
    const failure = await rig({}, { models: { teacher: right(), student } })
      .run()
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StepIncomplete);
    expect(failure).toMatchObject({
      message: '1 of 8 answers are missing: student on item "t3": down',
      missing: ["t3"],
    });
  });

  test("no items fail: a rate of nothing is no evidence", async () => {
    await expect(rig({}, { rows: { test: [] } }).run()).rejects.toThrow("there are no items to evaluate on");
  });

  test("estimates answers of every model", () => {
    const params = rig({ samples: 2, limit: 3 }).params as never;
    expect(evaluate.estimate?.({ params, items: () => 4 })).toEqual([
      { model: "teacher", answers: 6 },
      { model: "student", answers: 6 },
    ]);
  });
});
