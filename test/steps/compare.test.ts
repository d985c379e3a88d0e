import { describe, expect, test } from "vitest";
import { mcnemarExact } from "../../src/stats/mcnemar.ts";
import { wilsonInterval } from "../../src/stats/wilson.ts";
import { compare } from "../../src/steps/compare.ts";
import type { ComparisonFacts } from "../../src/steps/compare-models.ts";
import { resultLines } from "../support/result-lines.ts";
import { scriptedModel } from "../support/scripted-model.ts";
import { dig, type RigWorld, scriptedGrader, stepRig } from "../support/step-rig.ts";

const correct = scriptedGrader("correct", () => ({ score: 1, passed: true }));
const models = Object.fromEntries(
  ["teacher", "before", "student", "routed"].map((name) => [name, scriptedModel(name, ["x"])]),
);
const n = 600;

type GraderComparison = ComparisonFacts["graders"][string];

/** Of 600 items the first so many pass; some models fail others on the way. */
const passing = (count: number, except: (index: number) => boolean = () => false) =>
  Array.from({ length: n }, (_, index) => index < count && !except(index));

const passes: { readonly [model: string]: readonly boolean[] } = {
  teacher: passing(590),
  before: passing(250),
  student: passing(445),
  routed: passing(590, (index) => index % 150 === 0),
};

const exam = Object.entries(passes).flatMap(([name, own]) =>
  resultLines({ model: models[name]!.digest, grader: correct.digest, passes: own }),
);

const betterGate = { grader: "correct", model: "student", better_than: "before" };
const marginGate = { grader: "correct", not_worse_than: "teacher", margin: 0.03 };

function rig(params: object = {}, lines: readonly unknown[] = exam, world: RigWorld = {}) {
  return stepRig(
    compare,
    {
      results: ["exam"],
      teacher: "teacher",
      base: "before",
      candidate: "routed",
      gates: [betterGate, marginGate],
      ...params,
    } as never,
    { lines: { exam: lines }, models, graders: { correct }, ...world },
  );
}

async function gate(params: object, world?: { readonly [model: string]: readonly boolean[] }) {
  const lines =
    world &&
    Object.entries(world).flatMap(([name, own]) =>
      resultLines({ model: models[name]!.digest, grader: correct.digest, passes: own }),
    );
  const result = await rig(
    { teacher: "teacher", base: undefined, gates: [{ grader: "correct", ...params }] },
    lines,
  ).run();
  return { verdict: result.facts.verdict, line: result.lines[1] };
}

describe("compare", () => {
  test("tells each model with its interval and its paired differences", async () => {
    const { facts } = await rig().run();
    const { models: rows, gap_closed } = dig(facts, "graders", correct.digest) as GraderComparison;
    expect(rows[models.student!.digest]).toEqual({
      passed: 445,
      rate: 445 / n,
      ...wilsonInterval(445, n),
      to_teacher: {
        difference: expect.closeTo(-145 / n, 12),
        low: expect.any(Number),
        high: expect.any(Number),
        p: mcnemarExact({ onlyA: 0, onlyB: 145 }).p,
        p_adjusted: expect.any(Number),
        only_this: 0,
        only_other: 145,
      },
      to_base: expect.objectContaining({ difference: 195 / n, only_this: 195, only_other: 0 }),
    });
    expect(rows[models.teacher!.digest]).not.toHaveProperty("to_teacher");
    expect(gap_closed).toMatchObject({ share: (586 - 250) / (590 - 250) });
    expect(gap_closed?.low).toBeLessThan(gap_closed!.share);
    expect(gap_closed?.high).toBeLessThanOrEqual(1);
  });

  test("gives the verdict with a line a gate", async () => {
    const { lines, bytes, metrics } = await rig().run();
    expect(lines).toMatchInlineSnapshot(`
      [
        "pass",
        "PASS  student is better than before (+32.5, p < 0.001)",
        "PASS  routed is not worse than teacher by more than 3 points (−0.7, p < 0.001)",
      ]
    `);
    expect(JSON.parse(Buffer.from(bytes.verdict!).toString())).toMatchObject({
      verdict: "pass",
      gates: [{ outcome: "pass" }, { outcome: "pass" }],
    });
    expect(metrics).toMatchObject({
      verdict: "pass",
      "gate.1": "pass",
      "correct.routed.to_teacher": -0.00666667,
    });
  });

  test("facts and verdict hold digests and never names", async () => {
    const { facts, bytes } = await rig().run();
    const text = JSON.stringify(facts) + Buffer.from(bytes.verdict!).toString();
    for (const name of ["before", "student", "routed", "correct", "exam"])
      expect(text).not.toContain(`"${name}"`);
  });

  test("the same results in another order give the same facts", async () => {
    const shuffled = exam.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    const [one, other] = [await rig().run(), await rig({}, shuffled).run()];
    expect(other.facts.gates).toEqual(one.facts.gates);
    expect(other.facts.graders).toEqual(one.facts.graders);
  });

  test("several results are joined by item", async () => {
    const half = exam.length / 2;
    const world = { lines: { exam: exam.slice(0, half), more: exam.slice(half) } };
    expect((await rig({ results: ["exam", "more"] }, [], world).run()).facts).toEqual(
      (await rig().run()).facts,
    );
  });

  test("the same answer in two results counts once, and two judgements of it are refused", async () => {
    expect(
      (await rig({ results: ["exam", "more"] }, [], { lines: { exam, more: exam } }).run()).facts,
    ).toEqual((await rig().run()).facts);
    const flipped = resultLines({
      model: models.routed!.digest,
      grader: correct.digest,
      passes: passes.routed!.map((pass) => !pass),
    });
    await expect(
      rig({ results: ["exam", "more"] }, [], { lines: { exam, more: flipped } }).run(),
    ).rejects.toThrow('an answer to item "i0" is judged in two results, and not alike');
  });

  test("models judged on different items are refused, with how many", async () => {
    const fewer = exam.filter(
      (line) => !(line.model === models.before!.digest && ["i1", "i2"].includes(line.id)),
    );
    await expect(rig({}, fewer).run()).rejects.toThrow(
      "the models were judged on different items: 2 items of one and not the other",
    );
    await expect(rig({}, []).run()).rejects.toThrow("the results hold no judgement to compare");
  });

  test("an item passes where more than half of its samples do", async () => {
    const samples = (model: string, of: readonly boolean[]) =>
      of.map((passed, index) => ({
        ...(resultLines({
          model: models[model]!.digest,
          grader: correct.digest,
          passes: [passed],
        })[0] as object),
        sample: { index },
      }));
    const lines = [...samples("teacher", [true, true, false]), ...samples("routed", [true, false])];
    const { facts } = await rig(
      { base: undefined, gates: [{ grader: "correct", min: 0.1 }] },
      lines as never,
    ).run();
    const rows = (dig(facts, "graders", correct.digest) as GraderComparison).models;
    expect([rows[models.teacher!.digest]?.passed, rows[models.routed!.digest]?.passed]).toEqual([1, 0]);
  });
});

describe("gates", () => {
  test.each([
    [0.9, "pass", "PASS  student passes at least 90.0 % of correct (98.3 %, 97.0 … 99.1)"],
    [
      0.98,
      "undecided",
      "UNDECIDED  student may or may not pass 98.0 % of correct (98.3 %, 97.0 … 99.1; about 14,000 items would decide it)",
    ],
    [0.995, "fail", "FAIL  student passes less than 99.5 % of correct (98.3 %, 97.0 … 99.1)"],
  ])("min %d is %s", async (min, verdict, line) => {
    expect(
      await gate(
        { model: "student", min },
        { student: passing(590), teacher: passing(n), routed: passing(n) },
      ),
    ).toEqual({ verdict, line });
  });

  test.each([
    ["pass", passing(320), passing(300), "PASS  student is better than before (+3.3, p < 0.001)"],
    [
      "undecided",
      passing(303),
      passing(300),
      "UNDECIDED  student is not shown to be better than before (+0.5, −0.1 … +1.5, p = 0.125; about 1,600 items would decide it)",
    ],
    [
      "undecided",
      passing(300),
      passing(300),
      "UNDECIDED  student is not shown to be better than before (0.0, −0.6 … +0.6, p = 1.000; more items alone would not decide it)",
    ],
    ["fail", passing(280), passing(300), "FAIL  student is worse than before (−3.3, −5.1 … −2.2)"],
  ])("better_than is %s", async (verdict, student, before, line) => {
    const world = { student, before, teacher: passing(n), routed: passing(n) };
    expect(await gate({ model: "student", better_than: "before" }, world)).toEqual({ verdict, line });
  });

  test.each([
    ["pass", passing(588), "PASS  routed is not worse than teacher by more than 3 points (−0.3, p < 0.001)"],
    [
      "undecided",
      passing(575),
      "UNDECIDED  routed may be worse than teacher by more than 3 points (−2.5, −4.1 … −1.5, p = 0.236; about 8,600 items would decide it)",
    ],
    ["fail", passing(500), "FAIL  routed is worse than teacher by more than 3 points (−15.0, −18.1 … −12.4)"],
  ])("not_worse_than is %s", async (verdict, routed, line) => {
    expect(
      await gate({ not_worse_than: "teacher", margin: 0.03 }, { routed, teacher: passing(590) }),
    ).toEqual({ verdict, line });
  });

  test("one that fails makes the verdict fail, else one undecided leaves it open", async () => {
    const world = {
      gates: [
        { grader: "correct", min: 0.5 },
        { grader: "correct", min: 0.977 },
        { grader: "correct", model: "student", not_worse_than: "teacher", margin: 0.01 },
      ],
    };
    expect((await rig(world).run()).facts.verdict).toBe("fail");
    expect((await rig({ gates: world.gates.slice(0, 2) }).run()).facts.verdict).toBe("undecided");
    expect((await rig({ gates: world.gates.slice(0, 1) }).run()).facts.verdict).toBe("pass");
  });

  test("what a gate lacks or has too much is a fault of the plan", () => {
    const gates = [
      { grader: "correct" },
      { grader: "correct", min: 0.5, better_than: "before" },
      { grader: "correct", not_worse_than: "teacher" },
      { grader: "correct", min: 0.5, margin: 0.1 },
      { grader: "correct", better_than: "routed" },
      { grader: "loose", model: "nobody", min: 0.5 },
      { grader: "correct", min: 0.5, alpha: 0.01 },
    ];
    const steps = {
      exam: { uses: "evaluate", params: { models: Object.keys(models), graders: ["correct"] } },
    };
    expect(rig({ gates }, [], { steps }).check()).toMatchInlineSnapshot(`
      [
        "/gates/0: the gate asks for nothing (give one of min, better_than, not_worse_than, max_cost_usd, max_latency_ms, max_truncated)",
        "/gates/1/better_than: the gate has min already (write one gate for each)",
        "/gates/2: not_worse_than needs a margin (say how much worse is too much, such as margin: 0.03)",
        "/gates/3/margin: a margin belongs to not_worse_than",
        "/gates/4: the gate compares "routed" with itself",
        "/gates/5/grader: the results do not use the grader "loose" (they have correct)",
        "/gates/5/model: the results do not evaluate "nobody" (they have teacher, before, student, routed)",
        "/gates/6/alpha: min has no test that alpha could be the level of (the step's confidence sets its interval)",
      ]
    `);
  });

  test("roles that the results do not hold are faults of the plan", () => {
    const steps = {
      exam: { uses: "evaluate", params: { models: ["teacher", "routed"], graders: ["correct"] } },
    };
    expect(rig({ gates: [marginGate] }, [], { steps }).check()).toEqual([
      '/base: the results do not evaluate "before" (they have teacher, routed)',
    ]);
  });
});
