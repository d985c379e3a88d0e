import { describe, expect, test } from "vitest";
import { compare } from "../../src/steps/compare.ts";
import type { JudgedTestedGate } from "../../src/steps/judge-gate.ts";
import type { AnswerUsage } from "../../src/steps/results.ts";
import { resultLines } from "../support/result-lines.ts";
import { scriptedModel } from "../support/scripted-model.ts";
import { dig, type RigWorld, scriptedGrader, stepRig, type WrittenLine } from "../support/step-rig.ts";

const correct = scriptedGrader("correct", () => ({ score: 1, passed: true }));
const models = Object.fromEntries(
  ["teacher", "before", "student"].map((name) => [name, scriptedModel(name, ["x"])]),
);

/** What a line of results gets beside its grade, by the place of its item. */
type Traits = (index: number, model: string) => object;

/** Items of which each model passes the first so many. */
function lines(
  n: number,
  passed: { readonly [model: string]: number },
  traits: Traits = () => ({}),
): readonly WrittenLine[] {
  return Object.entries(passed).flatMap(([model, count]) =>
    resultLines({
      model: models[model]!.digest,
      grader: correct.digest,
      passes: Array.from({ length: n }, (_, index) => index < count),
    }).map((line, index) => ({ ...line, ...traits(index, model) })),
  );
}

function rig(results: readonly unknown[], params: object, world: RigWorld = {}) {
  return stepRig(
    compare,
    { results: ["exam"], teacher: "teacher", candidate: "student", ...params } as never,
    { lines: { exam: results }, models, graders: { correct }, ...world },
  );
}

/** The sentences of the gates. */
async function told(...args: Parameters<typeof rig>): Promise<readonly string[]> {
  return (await rig(...args).run()).lines.slice(1);
}

async function tested(...args: Parameters<typeof rig>): Promise<readonly JudgedTestedGate[]> {
  return (await rig(...args).run()).facts.gates as unknown as readonly JudgedTestedGate[];
}

const better = { grader: "correct", better_than: "teacher" };

describe("looks", () => {
  test("every further look is judged at a stricter level, which is told where it decides", async () => {
    const results = lines(300, { teacher: 200, student: 206 });
    const at = (look: number) => told(results, { gates: [better] }, { look });
    expect([...(await at(1)), ...(await at(2)), ...(await at(11))]).toMatchInlineSnapshot(`
      [
        "PASS  student is better than teacher (+2.0, p = 0.016)",
        "UNDECIDED  student is not shown to be better than teacher (+2.0, +0.7 … +4.3, p = 0.016 at level 0.0083: the 2nd look; about 460 items would decide it)",
        "UNDECIDED  student is not shown to be better than teacher (+2.0, +0.7 … +4.3, p = 0.016 at level 0.00037: the 11th look; about 740 items would decide it)",
      ]
    `);
  });

  test("an e-process stands for the fixed test where the step asks for it", async () => {
    const results = lines(300, { teacher: 200, student: 210 });
    const gates = [better, { grader: "correct", not_worse_than: "teacher", margin: 0.1 }];
    const fixed = await tested(results, { gates });
    const process = await tested(results, { gates, looks: "e_process" });
    expect(fixed.map(({ method }) => method)).toEqual(["mcnemar", "tango"]);
    expect(process.map(({ method }) => method)).toEqual(["e_process", "e_process"]);
    // Being valid at any time has its price.
    expect(process[0]!.p).toBeGreaterThan(fixed[0]!.p);
    expect(process.map(({ detectable }) => detectable)).toEqual([undefined, undefined]);
  });

  test("an e-process counts items one by one: groups and scores are refused", async () => {
    const params = { looks: "e_process", gates: [{ ...better, of: "scores" }] };
    const grouped = lines(20, { teacher: 10, student: 15 }, (index) => ({ group: `g${index % 4}` }));
    await expect(rig(grouped, params).run()).rejects.toThrow(
      "an e-process counts items one by one, and the results have groups",
    );
    const exam = { models: Object.keys(models), graders: ["correct"], group_by: "item.customer" };
    const steps = { exam: { uses: "evaluate", params: exam } };
    expect(rig([], params, { steps }).check()).toEqual([
      "/looks: an e-process counts items one by one, and the results have groups",
      "/gates/0/of: an e-process counts passes, and knows of no scores",
    ]);
  });
});

describe("several tests", () => {
  // p = 0.0156 of both: alone each passes at .025, and of two the first must pass at half of that.
  const results = lines(300, { teacher: 200, before: 200, student: 206 });
  const gates = [better, { grader: "correct", better_than: "before" }];

  test("share their level by Holm's procedure, which is told where it decides", async () => {
    expect(await told(results, { gates })).toMatchInlineSnapshot(`
      [
        "UNDECIDED  student is not shown to be better than teacher (+2.0, +0.7 … +4.3, p = 0.016 at level 0.012: the 1st look, 2 tests; about 460 items would decide it)",
        "UNDECIDED  student is not shown to be better than before (+2.0, +0.7 … +4.3, p = 0.016 at level 0.012: the 1st look, 2 tests; about 460 items would decide it)",
      ]
    `);
  });

  test("each have the whole level where the step says so", async () => {
    const outcomes = (await tested(results, { gates, multiplicity: "none" })).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(["pass", "pass"]);
  });

  test("a clear one leaves the whole level to the next", async () => {
    const clear = lines(300, { teacher: 200, before: 100, student: 206 });
    const [second, first] = await tested(clear, { gates });
    expect([first, second]).toMatchObject([
      { outcome: "pass", level: 0.0125 },
      { outcome: "pass", level: 0.025 },
    ]);
  });

  test("differences in the table are adjusted over all of them, each pair counting once", async () => {
    const { facts } = await rig(results, { base: "before", gates: [better] }).run();
    const toTeacher = (model: string) =>
      dig(facts, "graders", correct.digest, "models", models[model]!.digest, "to_teacher") as {
        readonly p: number;
        readonly p_adjusted: number;
      };
    const { p, p_adjusted } = toTeacher("student");
    expect(p_adjusted).toBeCloseTo(3 * p, 12);
    expect(toTeacher("before")).toMatchObject({ p: 1, p_adjusted: 1 });
  });
});

describe("groups", () => {
  test("items of one customer tell less than as many of many, and the method is named", async () => {
    const passed = { teacher: 200, student: 250 };
    const alike: Traits = (index) => ({ group: `customer ${Math.floor(index / 50)}` });
    const [alone] = await tested(lines(300, passed), { gates: [better] });
    const [grouped] = await tested(lines(300, passed, alike), { gates: [better] });
    expect(alone).toMatchObject({ outcome: "pass", method: "mcnemar" });
    expect(grouped).toMatchObject({ outcome: "undecided", method: "permutation", p: 0.5 });
  });

  test("rates have intervals over groups, whose number is a fact", async () => {
    const torn: Traits = (index) => ({ group: `customer ${Math.floor(index / 50)}` });
    const interval = async (traits?: Traits) => {
      const { facts } = await rig(lines(300, { teacher: 200, student: 250 }, traits), {
        gates: [better],
      }).run();
      const { low, high } = dig(facts, "graders", correct.digest, "models", models.teacher!.digest) as {
        readonly low: number;
        readonly high: number;
      };
      return { groups: facts.groups, width: high - low };
    };
    const [alone, grouped] = [await interval(), await interval(torn)];
    expect([alone.groups, grouped.groups]).toEqual([undefined, 6]);
    expect(grouped.width).toBeGreaterThan(2 * alone.width);
  });

  test("groups that are all alike give no certainty", async () => {
    const same: Traits = (index) => ({ group: `g${index % 4}` });
    const [gate] = await tested(lines(40, { teacher: 40, student: 40 }, same), {
      gates: [{ grader: "correct", not_worse_than: "teacher", margin: 0.03 }],
    });
    expect(gate).toMatchObject({ outcome: "undecided", value: 0 });
    expect(gate!.low).toBeLessThan(-0.4);
  });

  test("an item of two groups is refused", async () => {
    const torn: Traits = (index, model) => ({ group: model === "teacher" ? "a" : `b${index}` });
    await expect(rig(lines(4, { teacher: 2, student: 2 }, torn), { gates: [better] }).run()).rejects.toThrow(
      'item "i0" is of one group in some results and of another in others',
    );
  });
});

describe("scores", () => {
  const scored = (of: (index: number, model: string) => number) =>
    lines(120, { teacher: 60, student: 60 }, (index, model) => ({
      grades: { [correct.digest]: { score: of(index, model), passed: false } },
    }));

  test("are compared in their own unit", async () => {
    const results = scored(
      (index, model) => 3 + (index % 3) * 0.5 + (model === "student" ? 0.25 * (index % 2) : 0),
    );
    const gates = [
      { grader: "correct", of: "scores", min: 3.4 },
      { ...better, of: "scores" },
      { grader: "correct", of: "scores", not_worse_than: "teacher", margin: 1.5 },
    ];
    expect(await told(results, { gates })).toMatchInlineSnapshot(`
      [
        "PASS  student scores at least 3.4 in correct (3.63, 3.55 … 3.7)",
        "PASS  student is better than teacher in correct (+0.125, p < 0.001)",
        "PASS  student is not worse than teacher in correct by more than 1.5 (+0.125, p < 0.001)",
      ]
    `);
  });

  test("that hardly differ leave a gate undecided, with what would decide it", async () => {
    const results = scored((index, model) =>
      model === "student" ? ((index * 7) % 10) / 10 + 0.02 : ((index * 11) % 10) / 10,
    );
    expect(await told(results, { gates: [{ ...better, of: "scores" }] })).toMatchInlineSnapshot(`
      [
        "UNDECIDED  student is not shown to be better than teacher in correct (+0.02, −0.0417 … +0.085, p = 0.271; about 2,500 items would decide it)",
      ]
    `);
  });
});

describe("what answers take", () => {
  const usage = (cost_usd: number | null, latency_ms: number | null): { readonly usage: AnswerUsage } => ({
    usage: { cost_usd, latency_ms, input_tokens: null, output_tokens: null },
  });
  const passed = { teacher: 300, student: 300 };
  const gates = [
    { max_cost_usd: 4 },
    { max_cost_usd: 2, model: "teacher" },
    { max_latency_ms: 500 },
    { max_latency_ms: 280, model: "teacher" },
    { max_truncated: 20 },
    { max_truncated: 5, model: "teacher" },
  ];

  test("is held against limits with its interval", async () => {
    const results = lines(300, passed, (index) => usage(0.002 + 0.00001 * (index % 100), index));
    expect(await told(results, { gates })).toMatchInlineSnapshot(`
      [
        "PASS  1,000 answers of student cost at most $4 ($2.50, 2.46 … 2.53)",
        "FAIL  1,000 answers of teacher cost more than $2 ($2.50, 2.46 … 2.53)",
        "PASS  95 of 100 answers of student take at most 500 ms (284 ms, 276 … 292)",
        "UNDECIDED  more than 5 of 100 answers of teacher may take longer than 280 ms (284 ms, 276 … 292)",
        "PASS  at most 20 of 1,000 answers of student end by length (0, 0 … 12.6)",
        "UNDECIDED  more than 5 of 1,000 answers of teacher may end by length (0, 0 … 12.6)",
      ]
    `);
  });

  test("is nothing where the model answers afresh and for nothing", async () => {
    expect(await told(lines(300, passed), { gates: gates.slice(0, 3) })).toMatchInlineSnapshot(`
      [
        "PASS  1,000 answers of student cost at most $4 ($0, 0 … 0)",
        "PASS  1,000 answers of teacher cost at most $2 ($0, 0 … 0)",
        "PASS  95 of 100 answers of student take at most 500 ms (0 ms, 0 … 0)",
      ]
    `);
  });

  test("is undecided where it is not recorded of all answers", async () => {
    const results = lines(300, passed, (index) => usage(index < 290 ? 0.001 : null, null));
    expect(await told(results, { gates: [gates[0]!, gates[2]!] })).toMatchInlineSnapshot(`
      [
        "UNDECIDED  1,000 answers of student may cost more than $4 (recorded for 290 of 300 answers)",
        "UNDECIDED  more than 5 of 100 answers of student may take longer than 500 ms (recorded for 0 of 300 answers)",
      ]
    `);
  });

  test("is not known of a cascade's fallback that tells nothing", async () => {
    const results = lines(300, passed).map((line, index) => ({
      ...line,
      sample: { ...line.sample, served_by: index % 3 === 0 ? "fallback" : "first" },
    }));
    expect(await told(results, { gates: [gates[0]!] })).toMatchInlineSnapshot(`
      [
        "UNDECIDED  1,000 answers of student may cost more than $4 (recorded for 200 of 300 answers)",
      ]
    `);
  });

  test("has no upper bound on few answers", async () => {
    const few = lines(40, { teacher: 40, student: 40 }, (index) => usage(0, index));
    expect(await told(few, { gates: [{ max_latency_ms: 1000 }] })).toMatchInlineSnapshot(`
      [
        "UNDECIDED  more than 5 of 100 answers of student may take longer than 1,000 ms (37 ms, at least 34)",
      ]
    `);
  });

  test("counts answers that end by length", async () => {
    const cut = lines(300, passed).map((line, index) =>
      index % 10 === 0 ? { ...line, sample: { ...line.sample, finish_reason: "length" as const } } : line,
    );
    expect(await told(cut, { gates: gates.slice(4) })).toMatchInlineSnapshot(`
      [
        "FAIL  more than 20 of 1,000 answers of student end by length (100, 70.9 … 139)",
        "FAIL  more than 5 of 1,000 answers of teacher end by length (100, 70.9 … 139)",
      ]
    `);
  });
});

describe("slices", () => {
  const department: Traits = (index) => ({ slices: { department: index % 3 === 0 ? "Legal" : "Finance" } });
  const results = lines(300, { teacher: 290, student: 280 }, department);
  const margin = { grader: "correct", not_worse_than: "teacher", margin: 0.15 };

  test("a gate may be judged on one, or on each", async () => {
    const gates = [
      { ...margin, slice: { department: "Legal" } },
      { ...margin, each_slice: "department" },
      { grader: "correct", min: 0.9, slice: { department: "Finance" } },
    ];
    expect(await told(results, { gates })).toMatchInlineSnapshot(`
      [
        "PASS  student is not worse than teacher by more than 15 points where department is Legal (−3.0, p < 0.001)",
        "PASS  student is not worse than teacher by more than 15 points where department is Finance (−3.5, p < 0.001)",
        "PASS  student is not worse than teacher by more than 15 points where department is Legal (−3.0, p < 0.001)",
        "UNDECIDED  student may or may not pass 90.0 % of correct where department is Finance (93.0 %, 88.6 … 95.8; about 720 items would decide it)",
      ]
    `);
  });

  test("gates on each value share the level", async () => {
    const gates = await tested(results, { gates: [{ ...margin, each_slice: "department" }] });
    expect(gates.map(({ items, tests, slice }) => [slice?.value, items, tests])).toEqual([
      ["Finance", 200, 2],
      ["Legal", 100, 2],
    ]);
  });

  test("a value that no item has is refused", async () => {
    const gates = [{ ...margin, slice: { department: "Sales" } }];
    await expect(rig(results, { gates }).run()).rejects.toThrow('no item has the department "Sales"');
  });

  test("one that the evaluations do not declare is a fault of the plan", () => {
    const gates = [
      { ...margin, slice: { team: "a" } },
      { ...margin, each_slice: "team" },
    ];
    const params = { models: Object.keys(models), graders: ["correct"] };
    const check = (slices: object) =>
      rig([], { gates }, { steps: { exam: { uses: "evaluate", params: { ...params, ...slices } } } }).check();
    expect([...check({}), ...check({ slices: { department: "item.department" } })]).toMatchInlineSnapshot(`
      [
        "/gates/0/slice: the results have no slice "team" (declare it where they are evaluated: slices: { team: item.team })",
        "/gates/1/each_slice: the results have no slice "team" (declare it where they are evaluated: slices: { team: item.team })",
        "/gates/0/slice: the results have no slice "team" (they have department)",
        "/gates/1/each_slice: the results have no slice "team" (they have department)",
      ]
    `);
  });
});

test("what a limit, a slice or scores lack or have too much is a fault of the plan", () => {
  const gates = [
    { better_than: "teacher" },
    { grader: "correct", max_cost_usd: 1 },
    { max_cost_usd: 1, max_latency_ms: 5 },
    { max_truncated: 5, of: "scores" },
    { max_truncated: 5, alpha: 0.01 },
    { grader: "correct", min: 3 },
    { grader: "correct", not_worse_than: "teacher", margin: 2 },
    { grader: "correct", min: 0.5, slice: { a: "b" }, each_slice: "a" },
  ];
  expect(rig([], { gates }).check()).toMatchInlineSnapshot(`
    [
      "/gates/0: better_than needs a grader (name the one whose judgement is meant)",
      "/gates/1/grader: max_cost_usd is of answers, whatever a grader says of them (leave the grader out)",
      "/gates/2/max_latency_ms: the gate has max_cost_usd already (write one gate for each)",
      "/gates/3/of: max_truncated is of neither passes nor scores",
      "/gates/4/alpha: max_truncated has no test that alpha could be the level of (the step's confidence sets its interval)",
      "/gates/5/min: a share of passes is at most 1 (of scores it is given by of: scores)",
      "/gates/6/margin: a share of passes is at most 1 (of scores it is given by of: scores)",
      "/gates/7/each_slice: the gate has a slice already (write one gate for each)",
    ]
  `);
});
