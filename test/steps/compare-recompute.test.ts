import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/runner/row.ts";
import { cascade } from "../../src/steps/cascade.ts";
import { compare, verdictContent } from "../../src/steps/compare.ts";
import { evaluate } from "../../src/steps/evaluate.ts";
import { scriptedModel } from "../support/scripted-model.ts";
import { rowOf, sampleOf, scriptedGrader, seal, stepRig, type WrittenLine } from "../support/step-rig.ts";

const judged = () => ({ score: 1, passed: true });
const graders = { right: scriptedGrader("right", judged), close: scriptedGrader("close", judged) };
const names = ["teacher", "before", "student"] as const;
const models = Object.fromEntries(names.map((name) => [name, scriptedModel(name, ["x"])]));

const answer = fc.record({
  passed: fc.boolean(),
  score: fc.constantFrom(0, 1, 1 / 3, 0.1, 0.7, 4),
  confidence: fc.double({ min: 0.01, max: 1, noNaN: true }),
  finish: fc.constantFrom("stop" as const, "length" as const),
  usage: fc.record({
    latency_ms: fc.option(fc.nat(9999)),
    cost_usd: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    input_tokens: fc.constant(3),
    output_tokens: fc.constant(4),
  }),
});

/** Items with the answers of every model to each. */
const world = fc.integer({ min: 1, max: 3 }).chain((samples) =>
  fc.record({
    samples: fc.constant(samples),
    grouped: fc.boolean(),
    kept: fc.boolean(),
    look: fc.integer({ min: 1, max: 4 }),
    items: fc.array(
      fc.record({
        customer: fc.constantFrom("ACME", "Bolt", "Cargo", "Dow"),
        department: fc.constantFrom("Finance", "Legal"),
        answers: fc.array(answer, { minLength: 3 * samples, maxLength: 3 * samples }),
      }),
      { minLength: 2, maxLength: 14 },
    ),
  }),
);

type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

function linesOf({ samples, grouped, kept, items }: World): readonly WrittenLine[] {
  const lines = names.flatMap((name, position) =>
    items.flatMap(({ customer, department, answers }, index) =>
      answers
        .slice(position * samples, (position + 1) * samples)
        .map(({ passed, score, confidence, finish, usage }, sample) => ({
          id: `i${index}`,
          model: models[name]!.digest,
          ...(grouped && { group: customer }),
          slices: { department },
          sample: sampleOf("x", {
            index: sample,
            finish_reason: finish,
            logprobs: [{ token: "x", logprob: Math.log(confidence) }],
          }),
          grades: {
            [graders.right.digest]: { score: Number(passed), passed },
            [graders.close.digest]: { score, passed: score > 0.5 },
          },
          ...(kept && { usage }),
        })),
    ),
  );
  return JSON.parse(JSON.stringify(lines));
}

/** The lines of evidence that an evaluation leaves of these results. */
async function evidenceOf(given: World, results: readonly WrittenLine[]): Promise<readonly JsonObject[]> {
  const rows = given.items.map((_, index) => rowOf(`i${index}`, { text: `item ${index}` }));
  const params = {
    rows: "test",
    prompt: "ask",
    models: [...names],
    graders: Object.keys(graders),
    samples: given.samples,
    ...(given.grouped && { group_by: "item.customer" }),
    slices: { department: "item.department" },
  };
  return stepRig(evaluate, params, { rows: { test: rows }, models, graders }).evidence({ rows: { results } });
}

describe("facts from evidence alone equal those of the run, to the last digit:", () => {
  test("of a comparison with groups, samples, slices, scores and usage", async () => {
    const gates = [
      { grader: "right", min: 0.5 },
      { grader: "close", of: "scores", min: 0.4 },
      { grader: "right", better_than: "before" },
      { grader: "close", of: "scores", better_than: "before" },
      { grader: "right", each_slice: "department", not_worse_than: "teacher", margin: 0.2 },
      { grader: "close", of: "scores", not_worse_than: "teacher", margin: 0.25 },
      { max_cost_usd: 300 },
      { max_latency_ms: 5000, model: "before" },
      { max_truncated: 600 },
    ];
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        const results = linesOf(given);
        const rig = stepRig(
          compare,
          { results: ["exam"], teacher: "teacher", base: "before", candidate: "student", gates },
          {
            lines: { exam: results },
            evidence: { exam: await evidenceOf(given, results) },
            models,
            graders,
            look: given.look,
          },
        );
        const { facts, bytes } = await rig.run();
        const again = rig.recompute([]);
        expect(again).toEqual(facts);
        expect(verdictContent(again as never)).toBe(Buffer.from(bytes.verdict!).toString());
      }),
      { numRuns: 25 },
    );
  });

  test("of a cascade with its curve", async () => {
    const promise = fc.constantFrom("loss_to_teacher", "served_failure");
    await fc.assert(
      fc.asyncProperty(world, promise, async (given, of) => {
        const results = linesOf(given);
        const evidence = { tune: await evidenceOf(given, results) };
        const params = {
          first: "student",
          fallback: "teacher",
          results: "tune",
          grader: "right",
          risk: { of, max: 0.5 },
        };
        const rig = stepRig(cascade, params, { lines: { tune: results }, evidence, models, graders });
        const run = await rig.run();
        const own = await rig.evidence(run);
        expect(own.map(({ item }) => item)).toEqual(given.items.map((_, at) => seal(`i${at}`)).sort());
        expect(rig.recompute(own)).toEqual(run.facts);
      }),
      { numRuns: 40 },
    );
  });
});
