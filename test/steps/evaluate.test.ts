import { describe, expect, test } from "vitest";
import { RequestFailure } from "../../src/runner/provider.ts";
import { StepIncomplete } from "../../src/runner/step.ts";
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

  test("two names of one model are one model", async () => {
    const teacher = right();
    const { facts } = await rig(
      {},
      { models: { teacher, student: { ...alwaysPrinting(), digest: teacher.digest } } },
    ).run();
    expect(facts.models).toEqual([teacher.digest]);
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

  test("latency and tokens are measured where they were recorded, and are not part of the facts", async () => {
    const student = scriptedModel("student", (ask) => ({
      latency_ms: 10 * (1 + ask.draw.occurrence),
      usage: { input_tokens: 5, output_tokens: 2 },
    }));
    const { facts, measured } = await rig({}, { models: { teacher: right(), student } }).run();
    expect(measured).toEqual({
      by_model: {
        [right().digest]: { latency_ms: null, tokens: null },
        [student.digest]: {
          latency_ms: { p50: 10, p95: 10, answers: 4 },
          tokens: { input: 20, output: 8, answers: 4 },
        },
      },
    });
    expect(JSON.stringify(facts)).not.toContain("latency");
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
    expect(judged).toMatchObject({ rate: 0.25, mean_score: 0.625 });
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
