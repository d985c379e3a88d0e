import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { decodeModel } from "../../../src/classifier/model-file.ts";
import { createPredictor } from "../../../src/classifier/predict.ts";
import type { JsonObject } from "../../../src/runner/row.ts";
import type { TrainerContext, TrainingExample } from "../../../src/runner/trainer.ts";
import { type ClassifierHyperparameters, classifier } from "../../../src/steps/trainers/classifier.ts";
import { fillParams } from "../../support/step-rig.ts";

type Target = TrainingExample["target"];

function example(text: string, target: Target, json?: unknown): TrainingExample {
  const answer = json === undefined ? null : { text: JSON.stringify(json), json: json as JsonObject };
  return { id: text, messages: [{ role: "user", content: text }], target, answer };
}

const tickets = ["no ink in the printer", "printer jams again", "wifi is slow", "no network on floor 3"];
const teams = ["printing", "printing", "network", "network"];
const plain = tickets.map((text, index) => example(text, teams[index]!));

async function trainOn(
  examples: readonly TrainingExample[],
  more: Partial<TrainerContext<ClassifierHyperparameters>> & { readonly set?: JsonObject } = {},
) {
  const warnings: string[] = [];
  const progress: string[] = [];
  let file: Uint8Array = new Uint8Array();
  const { set = {}, ...context } = more;
  const facts = await classifier.train({
    base: { provider: "classifier", model: "ngram-12" },
    examples,
    validation: [],
    hyperparameters: fillParams(classifier.hyperparameters, set) as unknown as ClassifierHyperparameters,
    seed: 1,
    answer: undefined,
    output: {
      row: () => {},
      bytes: (content) => {
        file = content as Uint8Array;
      },
    },
    signal: new AbortController().signal,
    progress: (done, total, note) => progress.push(`${done}/${total} ${note}`),
    warn: (message) => warnings.push(message),
    ...context,
  });
  const { model, meta } = decodeModel(file);
  const predict = createPredictor(model);
  const top = (text: string) => {
    const { labels, probabilities } = predict(text);
    return labels[probabilities.indexOf(Math.max(...probabilities))];
  };
  return { facts, file, meta, model, top, warnings, progress };
}

describe("the trainer classifier", () => {
  test("learns labels from the last user message and tells its figures", async () => {
    const { facts, top, meta, file } = await trainOn(plain);
    expect(plain.map(({ id }) => top(id))).toEqual(teams);
    expect(facts).toEqual({
      labels: 2,
      epochs: 15,
      loss: expect.any(Number),
      bytes: file.length,
      contract: null,
    });
    expect(meta).toEqual({ contract: null });
  });

  test("the same examples and seed give the same bytes, another seed others", async () => {
    const [one, same, other] = await Promise.all(
      [1, 1, 2].map((seed) => trainOn(plain, { seed, set: { batch_size: 1 } })),
    );
    expect(same?.file).toEqual(one?.file);
    expect(other?.file).not.toEqual(one?.file);
  });

  test("learns from weights", async () => {
    const soft = tickets.map((text, index) =>
      example(text, index < 2 ? { printing: 0.9, other: 0.1 } : { network: 3, other: 1 }),
    );
    const { facts, model, top } = await trainOn(soft);
    expect(facts).toMatchObject({ labels: 3 });
    expect(model.labels).toEqual(["network", "other", "printing"]);
    expect(top("no ink")).toBe("printing");
  });

  test("text parts are joined, other parts and other roles are not read", async () => {
    const parts: TrainingExample = {
      ...plain[0]!,
      messages: [
        { role: "system", content: "network network network" },
        { role: "user", content: "wifi wifi" },
        {
          role: "user",
          content: [
            { type: "text", text: "no ink" },
            { type: "image_url", image_url: {} },
            { type: "text", text: "printer" },
          ],
        },
        { role: "assistant", content: "network" },
      ],
    };
    const joined = example("no ink\nprinter", "printing");
    expect((await trainOn([parts, ...plain.slice(1)])).file).toEqual(
      (await trainOn([joined, ...plain.slice(1)])).file,
    );
  });

  test("a row without a user's text is named", async () => {
    const silent: TrainingExample = {
      id: "7",
      messages: [{ role: "system", content: "x" }],
      target: "a",
      answer: null,
    };
    await expect(trainOn([...plain, silent])).rejects.toMatchObject({
      message: 'row "7" has no user message with text',
      hint: "a classifier reads the last user message",
    });
  });

  test("the base's name says how many features are kept at most", async () => {
    // Letters, because all numbers look alike to a classifier.
    const word = (number: number) =>
      String.fromCharCode(97 + (number % 26), 97 + Math.floor(number / 26)).repeat(2);
    const many = Array.from({ length: 400 }, (_, index) =>
      example(`${word(index % 150)} ${word(index % 130)}`, index % 2 ? "a" : "b"),
    );
    const { model } = await trainOn(many, { base: { provider: "classifier", model: "ngram-8" } });
    expect(model.vocabulary.buckets.length).toBe(256);
    expect((await trainOn(many)).model.vocabulary.buckets.length).toBeGreaterThan(256);
  });

  test.each([
    ["ngram-16", undefined],
    ["ngram-8", undefined],
    ["ngram-18", undefined],
    [
      "ngram-7",
      '"ngram-7" is no base of a classifier: they are ngram-8 to ngram-18, such as ngram-16 for 2^16 features',
    ],
    ["ngram-19", expect.stringContaining("is no base")],
    ["ngram", expect.stringContaining("is no base")],
    ["gpt-4o", expect.stringContaining("is no base")],
  ])("the base %s is checked", (model, fault) => {
    expect(classifier.check?.({ provider: "classifier", model })).toEqual(fault);
  });

  test("another provider's base is refused", () => {
    expect(classifier.check?.({ provider: "openai", model: "ngram-16" })).toBe(
      'trainer classifier trains models of provider type "classifier", not "openai"',
    );
  });

  test("answers as the stored answers did, and tells what it cannot write", async () => {
    const stored = tickets.map((text, index) =>
      example(text, teams[index]!, { team: teams[index], why: "because" }),
    );
    const { meta, warnings } = await trainOn(stored);
    expect(meta).toEqual({ contract: [{ field: "team", holds: "label" }] });
    expect(warnings).toEqual(['the stored answers also have "why", which a classifier cannot write']);
  });

  test("answers as it was told, in the order of the fields' names however they are written", async () => {
    const { meta } = await trainOn(plain, { answer: { team: "label", sure: "confidence" } });
    expect(meta).toEqual({
      contract: [
        { field: "sure", holds: "confidence" },
        { field: "team", holds: "label" },
      ],
    });
  });

  test("is measured on validation rows, where a tie may be any of its labels", async () => {
    const validation = [
      example("printer ink", "printing"),
      example("wifi", { network: 1, printing: 1 }),
      example("wifi", "printing"),
    ];
    expect((await trainOn(plain, { validation })).facts).toMatchObject({
      validation_examples: 3,
      validation_accuracy: 2 / 3,
    });
  });

  test("one label alone is told", async () => {
    const { warnings, top } = await trainOn([example("a", "only"), example("b", "only")]);
    expect(warnings).toEqual(['every target is "only": the model knows no other answer']);
    expect(top("anything")).toBe("only");
  });

  test("labels may be called anything", async () => {
    const { model } = await trainOn([
      example("printer", "__proto__"),
      example("wifi", "käse 🧀"),
      example("ink", "10"),
    ]);
    expect(model.labels).toEqual(["10", "__proto__", "käse 🧀"]);
  });

  test("tells its progress by epochs, and an abort ends it", async () => {
    const { progress } = await trainOn(plain, { set: { n_epochs: 2 } });
    expect(progress).toEqual([
      expect.stringMatching(/^1\/2 epoch 1, loss /),
      expect.stringMatching(/^2\/2 epoch 2, loss /),
    ]);
    await expect(trainOn(plain, { signal: AbortSignal.abort(new Error("stop now")) })).rejects.toThrow(
      "stop now",
    );
  });

  test("the number of features is no hyperparameter: the base says it", () => {
    expect(() => fillParams(classifier.hyperparameters, { max_features: 5 })).toThrow(
      /additional properties/,
    );
  });

  test("the engine is loaded only where a model is trained", async () => {
    const text = await readFile(
      new URL("../../../src/steps/trainers/classifier.ts", import.meta.url),
      "utf8",
    );
    const imports = [...text.matchAll(/^import (?!type).*classifier\/.*$/gm)].map(([line]) => line);
    expect(imports).toEqual([expect.stringContaining("hyperparameters.ts")]);
  });
});
