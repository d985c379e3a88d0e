import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/runner/row.ts";
import { evaluate } from "../../src/steps/evaluate.ts";
import { stringCheck } from "../../src/steps/graders/string-check.ts";
import { readEvidenceResults } from "../../src/steps/result-evidence.ts";
import { scriptedModel } from "../support/scripted-model.ts";
import { openGrader, rowOf, scriptedGrader, seal, stepRig } from "../support/step-rig.ts";

/** What one answer is to be. */
const answer = fc.record({
  label: fc.constantFrom("red", "green", "blue", "no colour at all"),
  score: fc.constantFrom(0, 1, 1 / 3, 0.1, 0.7),
  invalid: fc.boolean(),
  finish_reason: fc.constantFrom("stop" as const, "length" as const, "refusal" as const),
  served_by: fc.constantFrom("first" as const, "fallback" as const),
  latency_ms: fc.option(fc.double({ min: 0, max: 9999, noNaN: true })),
  cost_usd: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  usage: fc.option(fc.record({ input_tokens: fc.nat(), output_tokens: fc.nat() })),
});

/** Items with the answers of two models to each, and how they are evaluated. */
const evaluation = fc.integer({ min: 1, max: 2 }).chain((samples) =>
  fc.record({
    samples: fc.constant(samples),
    grouped: fc.boolean(),
    sliced: fc.boolean(),
    kept: fc.boolean(),
    items: fc.array(
      fc.record({
        colour: fc.constantFrom("red", "green", "blue"),
        customer: fc.constantFrom("ACME Ltd", "Bolt & Sons", "Cargo AG"),
        answers: fc.array(answer, { minLength: 2 * samples, maxLength: 2 * samples }),
      }),
      { minLength: 1, maxLength: 12 },
    ),
  }),
);

type Evaluation = typeof evaluation extends fc.Arbitrary<infer T> ? T : never;

const secrets = ["secret of item", "secret answer", "secret reason", "person", "ACME", "Bolt", "Cargo"];

function rigOf({ samples, grouped, sliced, kept, items }: Evaluation) {
  const rows = items.map(({ colour, customer }, index) =>
    rowOf(
      `person ${index}`,
      { text: `secret of item ${index}`, colour, customer },
      { metadata: { of: customer } },
    ),
  );
  const answerOf = (model: number, id: string | undefined, sample: number) =>
    items[Number(id?.split(" ")[1])]!.answers[model * samples + sample]!;
  const models = ["teacher", "student"].map((name, position) =>
    scriptedModel(
      name,
      ({ tags, draw }) => {
        const { label, score, invalid, ...answer } = answerOf(position, tags?.item, draw.sample);
        return {
          ...answer,
          output_text: JSON.stringify({ label, score, invalid, text: "secret answer" }),
        };
      },
      { kept },
    ),
  );
  const colour = openGrader("colour", stringCheck, {
    input: "{{ sample.output_json.label }}",
    reference: "{{ item.colour }}",
    operation: "eq",
  });
  const score = scriptedGrader("score", ({ sample }) => {
    const { score, invalid } = sample!.output_json as { readonly score: number; readonly invalid: boolean };
    return { score, passed: score > 0.5, ...(invalid && { invalid: "secret reason" }) };
  });
  return stepRig(
    evaluate,
    {
      rows: "test",
      prompt: "ask",
      models: ["teacher", "student"],
      graders: ["colour", "score"],
      samples,
      ...(grouped && { group_by: "item.customer" }),
      ...(sliced && { slices: { colour: "item.colour", length: "item.colour.size() > 3" } }),
    },
    {
      rows: { test: rows },
      prompts: { ask: { messages: [{ role: "user", content: "{{ item.text }}" }] } },
      models: { teacher: models[0]!, student: models[1]! },
      graders: { colour, score },
    },
  );
}

describe("evidence of results", () => {
  test("gives back the facts of the run, to the last digit, and holds no text, id or metadata", async () => {
    await fc.assert(
      fc.asyncProperty(evaluation, async (given) => {
        const rig = rigOf(given);
        const result = await rig.run();
        const lines = await rig.evidence(result);
        expect(rig.recompute(lines)).toStrictEqual(result.facts);
        const written = JSON.stringify(lines);
        for (const secret of secrets) expect(written).not.toContain(secret);
      }),
      { numRuns: 40 },
    );
  });

  test("is a header and then a line an item, in the order of sealed ids", async () => {
    const lines = await written();
    expect(lines).toHaveLength(6);
    expect(lines[0]).toMatchObject({
      models: [
        ["teacher", expect.stringMatching(/^[0-9a-f]{64}$/)],
        ["student", expect.stringMatching(/^[0-9a-f]{64}$/)],
      ],
      slices: { colour: ["green", "red"], length: ["false", "true"] },
    });
    const items = lines.slice(1).map(({ item }) => item);
    expect(items).toEqual(items.toSorted());
    expect(new Set(items)).toEqual(new Set([0, 1, 2, 3, 4].map((index) => seal(`person ${index}`))));
    expect(lines[1]).toEqual({
      item: expect.stringMatching(/^[0-9a-f]{16}$/),
      row: expect.stringMatching(/^[0-9a-f]{8}$/),
      group: seal("ACME Ltd"),
      slices: expect.any(Array),
      answers: [[expect.any(Object)], [expect.any(Object)]],
    });
  });

  test("shows that an item changed under its id", async () => {
    const before = await written();
    const after = await written((item) => ({ ...item, customer: "Bolt & Sons" }));
    expect(after.map(({ item }) => item)).toEqual(before.map(({ item }) => item));
    expect(after[1]?.row).not.toBe(before[1]?.row);
  });

  test.each<[string, (lines: JsonObject[]) => unknown, string]>([
    ["nothing at all", (lines) => lines.splice(0), "does not begin with its models and graders"],
    ["no header", (lines) => lines.shift(), "does not begin with its models and graders"],
    [
      "a header with more",
      (lines) => edit(lines, 0, { texts: [] }),
      'line 1 of the evidence has an unknown field "texts"',
    ],
    [
      "labels of nobody",
      (lines) => edit(lines, 0, { labels: { x: ["a"] } }),
      "line 1 of the evidence has labels of a grader that it does not name",
    ],
    [
      "slices that are none",
      (lines) => edit(lines, 0, { slices: { colour: [1] } }),
      "line 1 of the evidence has labels or slices that are no lists of texts",
    ],
    ["an id", (lines) => edit(lines, 2, { item: "person 1" }), "line 3 of the evidence is no item"],
    [
      "an item twice",
      (lines) => edit(lines, 3, { item: lines[2]!.item! }),
      "line 4 of the evidence names an item a second time",
    ],
    [
      "a model's answers cut off",
      (lines) => edit(lines, 1, { answers: [[]] }),
      "line 2 of the evidence is no item",
    ],
    [
      "no answers",
      (lines) => edit(lines, 1, { answers: [[], []] }),
      "line 2 of the evidence has no answer of a model",
    ],
    [
      "more in an item",
      (lines) => edit(lines, 1, { id: "person 1" }),
      'line 2 of the evidence has an unknown field "id"',
    ],
    [
      "a group by name",
      (lines) => edit(lines, 1, { group: "ACME Ltd" }),
      "line 2 of the evidence has a group that is not sealed",
    ],
    [
      "a group left out",
      (lines) => edit(lines, 3, { group: undefined! }),
      "line 4 of the evidence has a group, and the first has none, or the other way round",
    ],
    [
      "a place beyond a slice",
      (lines) => edit(lines, 1, { slices: [2, 0] }),
      "line 2 of the evidence has no place in every slice",
    ],
    [
      "a place too few",
      (lines) => edit(lines, 1, { slices: [0] }),
      "line 2 of the evidence has no place in every slice",
    ],
    [
      "a sample more",
      (lines) => edit(lines, 1, { answers: [[good, good], [good]] }),
      "line 2 of the evidence has more samples of one model than of another",
    ],
    [
      "samples more",
      (lines) =>
        edit(lines, 2, {
          answers: [
            [good, good],
            [good, good],
          ],
        }),
      "line 3 of the evidence has more or fewer samples than the first",
    ],
    [
      "an answer that is none",
      (lines) => edit(lines, 1, { answers: [["x"], [good]] }),
      "line 2 of the evidence has an answer that is none",
    ],
  ])("with %s is refused, and its line named", async (_, spoil, message) => {
    const lines = structuredClone([...(await written())]);
    expect(readEvidenceResults(lines)).toHaveLength(10);
    spoil(lines);
    const plain = lines.map((line) => JSON.parse(JSON.stringify(line)) as JsonObject);
    expect(() => readEvidenceResults(plain)).toThrow(message);
  });

  test.each<[JsonObject, string]>([
    [{}, "has an answer without a grade of every grader"],
    [{ pass: [1] }, 'has an answer whose "pass" does not fit'],
    [{ pass: [1, 2] }, 'has an answer whose "pass" does not fit'],
    [{ pass: [1, 1], score: [1, null] }, 'has an answer whose "score" does not fit'],
    [{ pass: [1, 1], label: [0, null] }, 'has an answer whose "label" does not fit'],
    [{ pass: [1, 1], invalid: [true, false] }, 'has an answer whose "invalid" does not fit'],
    [{ pass: [1, 1], finish: "stop" }, 'has an answer whose "finish" does not fit'],
    [{ pass: [1, 1], by: "both" }, 'has an answer whose "by" does not fit'],
    [{ pass: [1, 1], ms: "1" }, 'has an answer whose "ms" does not fit'],
    [{ pass: [1, 1], usd: 1 }, 'has an answer whose "usd" does not fit'],
    [{ pass: [1, 1], ms: 1, tokens: [1] }, 'has an answer whose "tokens" does not fit'],
    [{ pass: [1, 1], text: "x" }, 'has an unknown field "text"'],
  ])("an answer %j is refused", async (answer, message) => {
    const lines = structuredClone([...(await written())]);
    edit(lines, 1, { answers: [[answer], [good]] });
    expect(() => readEvidenceResults(lines)).toThrow(`line 2 of the evidence ${message}`);
  });

  test("labels lie within the grader's categories", async () => {
    const lines = structuredClone([...(await written())]);
    const grader = (lines[0]!.graders as readonly (readonly [string, string])[])[0]![1];
    edit(lines, 0, { labels: { [grader]: ["green", "red"] } });
    expect(() => readEvidenceResults(lines)).toThrow("line 2 of the evidence has an answer without labels");
    for (let at = 1; at < lines.length; at += 1) {
      const labelled = { ...good, label: [1, null], expected: [0, null] };
      edit(lines, at, { answers: [[labelled], [labelled]] });
    }
    expect(readEvidenceResults(lines)[0]?.grades[grader]).toMatchObject({ label: "red", expected: "green" });
    edit(lines, 1, { answers: [[{ ...good, label: [2, null], expected: [0, null] }], [good]] });
    expect(() => readEvidenceResults(lines)).toThrow('line 2 of the evidence has an answer whose "label"');
  });

  test.each<[string, (lines: JsonObject[]) => unknown, string]>([
    [
      "models",
      (lines) => edit(lines, 0, { models: (lines[0]!.models as JsonObject[]).toReversed() }),
      "the evidence is of other models or graders than the spec names",
    ],
    [
      "slices",
      (lines) => {
        edit(lines, 0, { slices: { other: ["a"] } });
        for (let at = 1; at < lines.length; at += 1) edit(lines, at, { slices: [0] });
      },
      "the evidence has other slices or groups than the spec",
    ],
    [
      "samples",
      (lines) => {
        for (let at = 1; at < lines.length; at += 1)
          edit(lines, at, { answers: answersOf(lines[at]!).map(([only]) => [only!, only!]) });
      },
      "the evidence has other samples than the spec",
    ],
    ["items", (lines) => lines.splice(1), "the evidence has no items"],
  ])("of other %s than the spec's gives no facts", async (_, spoil, message) => {
    const rig = rigOf(sample());
    const lines = structuredClone([...(await rig.evidence(await rig.run()))]);
    spoil(lines);
    expect(() => rig.recompute(lines)).toThrow(message);
  });
});

const good = { pass: [1, 0] };

function edit(lines: JsonObject[], at: number, change: JsonObject): void {
  lines[at] = { ...lines[at], ...change };
}

type Item = Evaluation["items"][number];

/** Five items of one customer, grouped and sliced. */
function sample(change: (item: Item) => Item = (item) => item): Evaluation {
  const answers = [0, 1].map((score) => ({
    label: "red" as const,
    score,
    invalid: false,
    finish_reason: "stop" as const,
    served_by: "first" as const,
    latency_ms: 5,
    cost_usd: 0.5,
    usage: null,
  }));
  const items = (["red", "green", "red", "green", "green"] as const).map((colour) =>
    change({ colour, customer: "ACME Ltd", answers }),
  );
  return { samples: 1, grouped: true, sliced: true, kept: true, items };
}

/** Evidence of these items, as it is where what is expected are texts. */
async function written(change?: (item: Item) => Item): Promise<readonly JsonObject[]> {
  const rig = rigOf(sample(change));
  const [header, ...lines] = await rig.evidence(await rig.run());
  const { labels: _, ...unlabelled } = header!;
  return [
    unlabelled,
    ...lines.map((line) => ({
      ...line,
      answers: answersOf(line).map((samples) => samples.map(({ label, expected, ...answer }) => answer)),
    })),
  ];
}

function answersOf({ answers }: JsonObject): readonly (readonly JsonObject[])[] {
  return answers as unknown as readonly (readonly JsonObject[])[];
}
