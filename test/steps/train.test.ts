import { describe, expect, test } from "vitest";
import type { TrainerContext, TrainerDefinition } from "../../src/runner/trainer.ts";
import { train } from "../../src/steps/train.ts";
import { type RigWorld, rowOf, sampleOf, stepRig } from "../support/step-rig.ts";

/** A trainer that remembers what it was given. */
function scriptedTrainer() {
  const given: TrainerContext<unknown>[] = [];
  const definition: TrainerDefinition = {
    name: "scripted",
    version: 1,
    summary: "",
    hyperparameters: { type: "object" },
    servedBy: "scripted",
    free: true,
    async train(context) {
      given.push(context);
      context.output.bytes("weights");
      context.warn("two labels only");
      return { bytes: 7, labels: 2 };
    },
  };
  return { given, definition };
}

const messages = [{ role: "user", content: "no ink" }] as const;
const rows = [
  rowOf(
    "1",
    { team: "printing", text: "no ink" },
    { messages, sample: sampleOf('{"team":"printing","p":{"printing":0.9,"network":0.1}}') },
  ),
  rowOf(
    "2",
    { team: "network", text: "no wifi" },
    { messages, sample: sampleOf('{"team":"network","p":{"network":1}}') },
  ),
];
const prompts = { route: { messages: [{ role: "user", content: "Ticket: {{ item.text }}" }] } };

function rig(params: object = {}, world: RigWorld = {}) {
  const trainer = scriptedTrainer();
  const rigged = stepRig(
    train,
    { base: "ngram", rows: "select", target: "{{ item.team }}", trainer: "scripted", ...params },
    {
      rows: { select: rows },
      prompts,
      trainers: { scripted: trainer.definition },
      bases: { ngram: { provider: "scripted", model: "n16" } },
      ...world,
    },
  );
  return { ...rigged, given: trainer.given };
}

describe("train", () => {
  test("hands the trainer the messages that were answered, the target and the stored answer", async () => {
    const { run, given } = rig({ seed: 3, hyperparameters: { n_epochs: 2 }, answer: { team: "label" } });
    const { facts, bytes, lines } = await run();
    expect(given[0]).toMatchObject({
      base: { provider: "scripted", model: "n16" },
      seed: 3,
      hyperparameters: { n_epochs: 2 },
      answer: { team: "label" },
      validation: [],
      examples: [
        {
          id: "1",
          messages,
          target: "printing",
          answer: { text: rows[0]!.sample!.output_text, json: { team: "printing" } },
        },
        { id: "2", target: "network" },
      ],
    });
    expect(facts).toEqual({ trainer: "scripted", examples: 2, from: "answers", bytes: 7, labels: 2 });
    expect(Buffer.from(bytes.model!).toString()).toBe("weights");
    expect(lines).toEqual(["scripted on 2 answers, 7 B"]);
  });

  test("a prompt renders the rows of a dataset, which have no messages of their own", async () => {
    const labelled = [rowOf("1", { team: "printing", text: "no ink" })];
    const { run, given } = rig({ prompt: "route" }, { rows: { select: labelled } });
    expect((await run()).lines).toEqual(["scripted on 1 label, 7 B"]);
    expect(given[0]?.examples).toEqual([
      { id: "1", messages: [{ role: "user", content: "Ticket: no ink" }], target: "printing", answer: null },
    ]);
    await expect(rig({}, { rows: { select: labelled } }).run()).rejects.toMatchObject({
      message: 'row "1" of "select" has no messages to learn from',
      hint: "name the prompt that it is asked with",
    });
  });

  test("a mapping of weights is handed on as it is", async () => {
    const { run, given } = rig({ target: "sample.output_json.p" });
    await run();
    expect(given[0]?.examples.map(({ target }) => target)).toEqual([
      { printing: 0.9, network: 0.1 },
      { network: 1 },
    ]);
  });

  test("validation rows come apart", async () => {
    const { run, given } = rig(
      { validation: "held", prompt: "route" },
      { rows: { select: rows, held: [rowOf("9", { team: "x", text: "y" })] } },
    );
    await run();
    expect(given[0]?.validation.map(({ id }) => id)).toEqual(["9"]);
  });

  test("limit counts items and keeps all their samples", async () => {
    const samples = ["a", "b", "a", "c"].map((id, index) =>
      rowOf(id, { team: "x" }, { messages, sample: sampleOf("", { index }) }),
    );
    const { run, given } = rig({ limit: 2 }, { rows: { select: samples } });
    await run();
    expect(given[0]?.examples.map(({ id }) => id)).toEqual(["a", "b", "a"]);
  });

  test.each([
    ["item.n", "a number"],
    ["item.list", "a list"],
    ["item.nothing", "null"],
    ["item.empty", "an empty text"],
    ["item.yes", "a boolean"],
  ])("a target %s is never made into a label", async (target, what) => {
    const row = rowOf("7", { n: 1, list: ["a"], nothing: null, empty: "", yes: true }, { messages });
    await expect(rig({ target }, { rows: { select: [row] } }).run()).rejects.toThrow(
      `row "7": target is ${what}, and must be a label or a mapping of labels to weights`,
    );
  });

  test.each([[{}], [{ a: 0 }], [{ a: -1, b: 2 }], [{ a: "1" }]])(
    "weights %j are refused with their row",
    async (weights) => {
      const row = rowOf("7", { weights }, { messages });
      await expect(rig({ target: "item.weights" }, { rows: { select: [row] } }).run()).rejects.toThrow(
        'row "7": target has weights that are not numbers of 0 and more with a sum above 0',
      );
    },
  );

  test("a row without the target is named", async () => {
    await expect(rig({ target: "item.label" }).run()).rejects.toThrow(
      /row "1": target cannot be evaluated: .*label/,
    );
  });

  test("repeats train again with the seeds that follow, each into an output of its own", async () => {
    const { run, params, given } = rig({ repeats: 3, seed: 4294967294 });
    const { facts, bytes, lines, warnings } = await run();
    expect(given.map(({ seed }) => seed)).toEqual([4294967294, 4294967295, 0]);
    expect(Object.keys(bytes)).toEqual(["model", "model_2", "model_3"]);
    expect(Object.entries(train.outputs(params)).map(([name, { kind, main }]) => [name, kind, main])).toEqual(
      [
        ["model", "model", true],
        ["model_2", "model", undefined],
        ["model_3", "model", undefined],
      ],
    );
    expect(facts).toMatchObject({
      bytes: 7,
      repeats: [
        { seed: 4294967294, bytes: 7, labels: 2 },
        { seed: 4294967295, bytes: 7, labels: 2 },
        { seed: 0, bytes: 7, labels: 2 },
      ],
    });
    expect(lines).toEqual(["scripted on 2 answers, 3 times, 7 B"]);
    expect(warnings).toEqual(["two labels only"]);
  });

  test.each([0, -1, 21, 1e9, 2.5, "3", null])(
    "outputs of %j repeats, which are refused, can be listed",
    (repeats) => {
      expect(() => rig({ repeats })).toThrow();
      expect(Object.keys(train.outputs({ repeats } as never)).length).toBeLessThanOrEqual(20);
    },
  );

  test("no rows fail", async () => {
    await expect(rig({}, { rows: { select: [] } }).run()).rejects.toThrow("there are no rows to learn from");
  });

  test("what it made is served by the trainer's provider", async () => {
    const served: string[][] = [];
    await train.openModel!({
      params: { trainer: "classifier", base: "ngram" } as never,
      artifact: { kind: "model", digest: "", path: "/store/model" },
      model: () => Promise.reject(new Error("asks nobody")),
      serve: async (...call) => {
        served.push(call);
        return { free: true, kept: false, answer: () => Promise.reject(new Error("asks nobody")) };
      },
      evaluator: () => () => null,
    });
    expect(served).toEqual([["classifier", "/store/model"]]);
  });

  test("a base that a step makes is a fault of the plan", () => {
    const { check } = rig({}, { modelSources: { ngram: { provider: undefined, step: "train" } } });
    expect(check()).toEqual([
      '/base: "ngram" is made by a step (train), and training begins with an entry of models',
    ]);
  });
});
