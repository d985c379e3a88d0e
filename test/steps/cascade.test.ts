import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Model } from "../../src/runner/asking.ts";
import { compileText } from "../../src/runner/texts.ts";
import { cascade } from "../../src/steps/cascade.ts";
import { resultLines } from "../support/result-lines.ts";
import { scriptedModel } from "../support/scripted-model.ts";
import { type RigWorld, scriptedGrader, stepRig } from "../support/step-rig.ts";

const student = scriptedModel("student", ["x"]);
const teacher = scriptedModel("teacher", ["x"]);
const correct = scriptedGrader("correct", () => ({ score: 1, passed: true }));
const n = 400;

/** The student is right where it is sure of 0.5 and more, and the teacher always. */
const results = [
  ...resultLines({
    model: student.digest,
    grader: correct.digest,
    passes: Array.from({ length: n }, (_, index) => index / n >= 0.5),
    confidence: (index) => (index + 0.5) / n,
  }),
  ...resultLines({
    model: teacher.digest,
    grader: correct.digest,
    passes: Array.from({ length: n }, () => true),
  }),
];

function rig(params: object = {}, lines: readonly unknown[] = results, world: RigWorld = {}) {
  return stepRig(
    cascade,
    {
      first: "student",
      fallback: "teacher",
      results: "tune",
      grader: "correct",
      risk: { of: "loss_to_teacher", max: 0.03 },
      ...params,
    },
    { lines: { tune: lines }, models: { student, teacher }, graders: { correct }, ...world },
  );
}

const modelOf = (bytes: { readonly [output: string]: Uint8Array }) =>
  JSON.parse(Buffer.from(bytes.model!).toString());

describe("choosing the threshold", () => {
  test("keeps as much as the promise allows, and says what it is worth", async () => {
    const { facts, bytes, lines, metrics } = await rig().run();
    expect(facts.threshold).toBeGreaterThan(0.47);
    expect(facts.threshold).toBeLessThan(0.5);
    expect(facts.bound).toBeLessThanOrEqual(0.03);
    expect(facts).toMatchObject({
      n,
      risk: { of: "loss_to_teacher", max: 0.03, confidence: 0.95 },
      first: student.digest,
    });
    expect(modelOf(bytes)).toEqual({
      first: student.digest,
      fallback: teacher.digest,
      threshold: facts.threshold,
      by: null,
    });
    expect(lines).toMatchInlineSnapshot(`
      [
        "student answers from 0.485 up: 52 % of 400 items",
        "6 lost, at most 2.9 % with 95 % confidence; promised 3.0 %",
      ]
    `);
    expect(metrics).toMatchObject({ threshold: 0.485, items: 400, losses: 6 });
  });

  test("the curve falls strictly and shows each share kept once", async () => {
    const curve = (await rig().run()).facts.curve as readonly { threshold: number; kept: number }[];
    expect(curve.every((point, index) => index === 0 || point.kept > curve[index - 1]!.kept)).toBe(true);
    expect(curve.at(-1)?.kept).toBe(n);
  });

  test("where the fallback fails too there is no loss to it, but a served failure there is", async () => {
    const both = results.map((line) => ({
      ...(line as object),
      grades: { [correct.digest]: { score: 0, passed: false } },
    }));
    expect((await rig({}, both).run()).facts).toMatchObject({ threshold: 0, losses: 0, kept: n });
    expect((await rig({ risk: { of: "served_failure", max: 0.03 } }, both).run()).facts.losses).toBeLessThan(
      9,
    );
  });

  test("without a threshold that holds everything goes to the fallback, and that is told", async () => {
    const few = results.filter((line) => Number((line as { id: string }).id.slice(1)) < 20);
    const { facts, bytes, warnings, lines } = await rig({}, few).run();
    expect(facts).toMatchObject({ threshold: null, kept: 0, bound: null });
    expect(modelOf(bytes).threshold).toBeNull();
    expect(warnings).toEqual([
      "no threshold keeps the risk within 3.0 % on 20 items: the fallback answers everything",
    ]);
    expect(lines).toEqual(["everything goes to teacher: no threshold keeps the promise"]);
  });

  test("confidence may come from the answer itself", async () => {
    const stated = results.map((line, index) => {
      const { sample } = line as { sample: object };
      return {
        ...(line as object),
        sample: { ...sample, logprobs: null, output_json: { p: (index % n) / n } },
      };
    });
    const { facts, bytes } = await rig({ by: "sample.output_json.p" }, stated).run();
    expect(facts.threshold).toBeCloseTo(0.49, 1);
    expect(modelOf(bytes).by).toBe("sample.output_json.p");
  });

  test("answers on which it cannot be read go to the fallback, and are told", async () => {
    const broken = results.map((line, index) => {
      const { sample } = line as { sample: object };
      return {
        ...(line as object),
        sample: { ...sample, output_json: index % 10 === 0 ? null : { p: (index % n) / n } },
      };
    });
    const { warnings } = await rig({ by: "sample.output_json.p" }, broken).run();
    expect(warnings).toEqual(['"by" has no value on 40 of 400 answers, which go to the fallback']);
  });

  test("answers without log probabilities need by", async () => {
    const silent = results.map((line) => ({
      ...(line as object),
      sample: { ...(line as { sample: object }).sample, logprobs: null },
    }));
    await expect(rig({}, silent).run()).rejects.toMatchObject({
      message: 'the confidence of "student" cannot be told: item "i0": the answer has no log probabilities',
      hint: "say how it is read: by: sample.output_json.confidence",
    });
  });

  test("a by that is no confidence on any answer fails", async () => {
    await expect(rig({ by: "sample.output_text" }).run()).rejects.toThrow(
      'item "i0": "by" must be a number from 0 to 1, and is "x"',
    );
    await expect(rig({ by: "sample.index + 2" }).run()).rejects.toThrow("and is 2");
  });

  test("an item that one of them has not answered is named", async () => {
    await expect(rig({}, results.slice(0, -1)).run()).rejects.toThrow(
      `"tune" has no answer of "teacher" to item "i${n - 1}"`,
    );
    await expect(rig({}, results.slice(n)).run()).rejects.toThrow('"tune" has no answer of "student"');
  });

  test("results are joined by id, whatever their order", async () => {
    const other = await rig({}, results.toReversed()).run();
    expect(other.facts).toEqual((await rig().run()).facts);
  });

  test("only the first sample of an item counts", async () => {
    const second = results.map((line) => ({
      ...(line as object),
      sample: { ...(line as { sample: object }).sample, index: 1 },
    }));
    const { facts, warnings } = await rig({}, [...results, ...second]).run();
    expect(facts.n).toBe(n);
    expect(warnings).toEqual(["only the first sample of each item counts; 800 others do not"]);
  });

  test("results that lack a part are a fault of the plan", () => {
    const steps = {
      tune: { uses: "evaluate", params: { models: ["teacher", "other"], graders: ["loose"] } },
    };
    expect(rig({}, [], { steps }).check()).toMatchInlineSnapshot(`
      [
        "/results: "tune" does not evaluate "student" (it evaluates teacher, other)",
        "/grader: "tune" is not judged by "correct" (it is judged by loose)",
      ]
    `);
    expect(rig({ fallback: "student" }, [], {}).check()).toEqual([
      "/fallback: the fallback is the first model itself",
    ]);
  });
});

describe("asking it", () => {
  let directory = "";
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "cascade-"));
  });
  afterAll(() => rm(directory, { recursive: true }));

  const ask = { messages: [], parameters: {}, draw: { occurrence: 0, sample: 0 } };
  const sure = (probability: number) => ({
    output_text: "own",
    logprobs: [{ token: "own", logprob: Math.log(probability) }],
  });

  async function open(threshold: number | null, first: Model, fallback: Model, by?: string) {
    const path = join(directory, "model.json");
    await writeFile(
      path,
      JSON.stringify({ first: first.digest, fallback: fallback.digest, threshold, by: by ?? null }),
    );
    return cascade.openModel!({
      params: { first: "student", fallback: "teacher", ...(by !== undefined && { by }) } as never,
      artifact: { kind: "model", digest: "", path },
      model: async (name) => (name === "student" ? first : fallback),
      serve: () => Promise.reject(new Error("serves nothing")),
      evaluator: (text, kind) => {
        const compiled = compileText(text, kind);
        if (!compiled.ok) throw new Error("not compiled");
        return compiled.evaluate;
      },
    });
  }

  test("the first answers from the threshold up, the fallback below", async () => {
    const fallback = scriptedModel("teacher", ["theirs"]);
    for (const [probability, served] of [
      [0.8, "first"],
      [0.81, "first"],
      [0.79, "fallback"],
    ] as const) {
      const model = await open(0.8, scriptedModel("student", [sure(probability)]), fallback);
      expect(await model.answer(ask)).toMatchObject({
        served_by: served,
        output_text: served === "first" ? "own" : "theirs",
      });
    }
    expect(fallback.asks).toHaveLength(1);
  });

  test("an answer whose confidence cannot be read goes to the fallback, even at threshold 0", async () => {
    const model = await open(
      0,
      scriptedModel("student", ["broken"]),
      scriptedModel("teacher", ["theirs"]),
      "sample.output_json.p",
    );
    expect(await model.answer(ask)).toMatchObject({ served_by: "fallback" });
  });

  test("without a threshold the first is not asked", async () => {
    const first = scriptedModel("student", [sure(1)]);
    expect(await (await open(null, first, scriptedModel("teacher", ["theirs"]))).answer(ask)).toMatchObject({
      served_by: "fallback",
    });
    expect(first.asks).toEqual([]);
  });

  test("time and tokens of both are told where both were asked and known", async () => {
    const cost = { latency_ms: 2, usage: { input_tokens: 1, output_tokens: 1 } };
    const known = await open(
      0.9,
      scriptedModel("student", [{ ...sure(0.5), ...cost }]),
      scriptedModel("teacher", [cost]),
    );
    expect(await known.answer(ask)).toMatchObject({
      latency_ms: 4,
      usage: { input_tokens: 2, output_tokens: 2 },
    });
    const unknown = await open(
      0.9,
      scriptedModel("student", [{ ...sure(0.5), ...cost }]),
      scriptedModel("teacher", ["x"]),
    );
    expect(await unknown.answer(ask)).toMatchObject({
      latency_ms: null,
      usage: { input_tokens: 1, output_tokens: 1 },
    });
  });

  test("in batches the fallback is handed what the first is not sure of, and all where there is no threshold", async () => {
    const probabilities = [0.9, 0.2, 0.8, 0.1];
    const first = scriptedModel("student", ({ draw }) => sure(probabilities[draw.occurrence]!));
    const handed: number[] = [];
    const fallback: Model = {
      ...scriptedModel("teacher", ["theirs"], { free: false }),
      async prefetch(asks) {
        for await (const { draw } of asks()) handed.push(draw.occurrence);
      },
    };
    async function* asks() {
      for (const occurrence of probabilities.keys()) yield { ...ask, draw: { occurrence, sample: 0 } };
    }
    await (await open(0.5, first, fallback)).prefetch!(asks);
    expect(handed.splice(0)).toEqual([1, 3]);
    await (await open(null, first, fallback)).prefetch!(asks);
    expect(handed).toEqual([0, 1, 2, 3]);
  });

  test("it is free only where both are, and never kept", async () => {
    const paid = scriptedModel("teacher", ["x"], { free: false });
    expect(await open(0.5, student, paid)).toMatchObject({ free: false, kept: false });
    expect(await open(0.5, student, teacher)).toMatchObject({ free: true, kept: false });
  });
});
