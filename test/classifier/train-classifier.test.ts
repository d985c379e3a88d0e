import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { fitSoftmax } from "../../src/classifier/fit-softmax.ts";
import { defaultHyperparameters, type Hyperparameters } from "../../src/classifier/hyperparameters.ts";
import { encodeModel } from "../../src/classifier/model-file.ts";
import { type Example, trainClassifier } from "../../src/classifier/train-classifier.ts";
import { createVectorizer } from "../../src/classifier/vocabulary.ts";
import { createRandom } from "../../src/stats/random.ts";
import { drawTopics } from "./draw-topics.ts";
import { shares, topLabel, train } from "./train.ts";

describe("trainClassifier", () => {
  it("learns topics whose words differ", async () => {
    const { predict } = await train(drawTopics(90, 1));
    const test = drawTopics(300, 2);
    const right = test.filter(({ text, topic }) => topLabel(predict(text)) === topic).length;
    expect(right).toBeGreaterThanOrEqual(297);
  });

  it("lowers the loss, and tells it epoch by epoch", async () => {
    const told: [number, number][] = [];
    const { losses } = await trainClassifier({
      examples: drawTopics(90, 1),
      hyperparameters: defaultHyperparameters,
      seed: 1,
      onEpoch: (epoch, loss) => told.push([epoch, loss]),
    });
    expect(losses).toHaveLength(15);
    expect(told).toEqual(losses.map((loss, i) => [i + 1, loss]));
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 5);
  });

  it("comes to predict the mixture that a teacher states for an ambiguous text", async () => {
    const { predict } = await train(ambiguous);
    expect(shares(predict("mail on phone"))).toMatchObject({
      email: expect.closeTo(0.6, 1),
      mobile: expect.closeTo(0.4, 1),
    });
    expect(shares(predict("mail box")).email).toBeGreaterThan(0.9);
  });

  it("sharpens targets at a temperature below 1, and softens them above", async () => {
    const at = async (temperature: number) =>
      shares((await train(ambiguous, { temperature })).predict("mail on phone")).email!;
    // 0.6 : 0.4 squared is 0.69 : 0.31, and its square root 0.55 : 0.45.
    expect(await at(0.5)).toBeCloseTo(0.36 / 0.52, 1);
    expect(await at(2)).toBeCloseTo(Math.sqrt(0.6) / (Math.sqrt(0.6) + Math.sqrt(0.4)), 1);
    expect(await at(0.5)).toBeGreaterThan((await at(2)) + 0.08);
  });

  it("takes a target as a map or an object, and weights that do not add up to 1", async () => {
    const examples = drawTopics(30, 1);
    const asMaps = examples.map(({ text, topic }) => ({ text, target: new Map([[topic, 7]]) }));
    expect((await train(asMaps)).model).toEqual((await train(examples)).model);
  });

  it("gives the same bytes for the same seed, and others for another", async () => {
    const bytes = async (seed: number | string) =>
      encodeModel((await train(drawTopics(60, 1), { seed })).model, {});
    const [once, again, other, named] = [await bytes(1), await bytes(1), await bytes(2), await bytes("one")];
    expect(again).toEqual(once);
    expect(other).not.toEqual(once);
    expect(named).not.toEqual(once);
  });

  it("gives the bytes that every machine gives", async () => {
    // Where this changes, models change without a changed input: raise the trainer's version.
    const { model } = await train(drawTopics(60, 1));
    expect(crc32(encodeModel(model, {})).toString(16)).toBe("2144df1c");
  });

  it("answers in 8 bits as with the unrounded weights in 99 of 100 texts", async () => {
    const examples = noisyTopics(400, 3);
    const { model, predict } = await train(examples);
    const unrounded = await fitAgain(examples);
    const test = noisyTopics(1000, 4);
    const same = test.filter(({ text }) => topLabel(predict(text)) === model.labels[unrounded(text)]).length;
    expect(same).toBeGreaterThanOrEqual(990);

    async function fitAgain(given: readonly Example[]) {
      const vectorize = createVectorizer(model.vocabulary);
      const random = createRandom(1);
      const weights = await fitSoftmax({
        vectors: given.map(({ text }) => structuredClone(vectorize(text))),
        targets: given.map(({ target }) =>
          Float64Array.from(model.labels, (label) => (target as { [label: string]: number })[label] ?? 0),
        ),
        biases: model.biases,
        features: model.vocabulary.buckets.length,
        hyperparameters: defaultHyperparameters,
        random,
        pause: async () => {},
        onEpoch: () => {},
      });
      return (text: string) => {
        const { slots, values } = vectorize(text);
        const logits = model.labels.map((_, l) =>
          slots.reduce(
            (sum, slot, i) => sum + values[i]! * weights[slot * model.labels.length + l]!,
            model.biases[l]!,
          ),
        );
        return logits.indexOf(Math.max(...logits));
      };
    }
  });

  it("keeps weights small by weight_decay, and in bounds at its most", async () => {
    const greatest = async (settings: Partial<Hyperparameters>) => {
      const { model } = await train(drawTopics(60, 1), { n_epochs: 100, ...settings });
      return Math.max(...model.scales) * 127;
    };
    expect(await greatest({ weight_decay: 1e-3 })).toBeLessThan((await greatest({ weight_decay: 0 })) / 2);
    const most = await greatest({ weight_decay: 1e-3, learning_rate: 1000 });
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(1e4);
  });

  it("learns a label that one example has", async () => {
    const { model, predict } = await train([
      ...drawTopics(60, 1),
      { text: "lanyard gone", target: { badge: 1 } },
    ]);
    expect(model.labels).toEqual(["badge", "network", "printing", "storage"]);
    expect(topLabel(predict("lanyard gone"))).toBe("badge");
  });

  it("knows a single label only", async () => {
    const { predict } = await train([{ text: "a text", target: { only: 1 } }]);
    expect(shares(predict("a text"))).toEqual({ only: 1 });
    expect(shares(predict("something else"))).toEqual({ only: 1 });
  });

  it("takes labels as they are, whatever their characters", async () => {
    const labels = ["", " ", "__proto__", "a\u0000b", "constructor", "É\u0301", "团队", "🖨️", "\ud800"];
    const examples = labels.map((label, i) => ({
      text: `word${String.fromCharCode(97 + i)}`,
      target: new Map([[label, 1]]),
    }));
    const { model, predict } = await train(examples);
    expect(model.labels).toEqual([...labels].sort());
    for (const { text, target } of examples) expect(target.has(topLabel(predict(text)))).toBe(true);
  });

  it("trains on texts without any word", async () => {
    const { predict } = await train([
      { text: "", target: { a: 1 } },
      { text: "!!!", target: { b: 1 } },
      { text: "", target: { a: 1 } },
    ]);
    expect(topLabel(predict("whatever"))).toBe("a");
  });

  it.each([
    ["no example", [], "a classifier needs at least one example"],
    [
      "an empty target",
      [{ text: "t", target: {} }],
      "example 0: no label of its target has a weight above 0",
    ],
    [
      "a target of zeros",
      [{ text: "t", target: { a: 0 } }],
      "example 0: no label of its target has a weight above 0",
    ],
    [
      "a negative weight",
      [{ text: "t", target: { a: 1, b: -1 } }],
      'the weight of "b" must be a number of 0 or more, not -1',
    ],
    ["a weight that is no number", [{ text: "t", target: { a: Number.NaN } }], 'the weight of "a" must be'],
  ])("refuses %s", async (_, examples: readonly Example[], message) => {
    await expect(train(examples)).rejects.toThrow(RangeError);
    await expect(train(examples)).rejects.toThrow(message);
  });

  it("ends with the signal's reason, before and within the training", async () => {
    const examples = drawTopics(600, 1);
    const controller = new AbortController();
    const task = { examples, hyperparameters: defaultHyperparameters, seed: 1, signal: controller.signal };
    const reached: number[] = [];
    const running = trainClassifier({
      ...task,
      onEpoch(epoch) {
        reached.push(epoch);
        if (epoch === 2) setImmediate(() => controller.abort(new Error("enough")));
      },
    });
    await expect(running).rejects.toThrow("enough");
    expect(reached.at(-1)).toBeLessThan(6);
    await expect(trainClassifier(task)).rejects.toThrow("enough");
  });
});

const ambiguous: readonly Example[] = Array.from({ length: 20 }, () => [
  { text: "mail on phone", target: { email: 0.6, mobile: 0.4 } },
  { text: "mail box", target: { email: 1 } },
  { text: "phone screen", target: { mobile: 1 } },
]).flat();

/** Topics of which a tenth carries the label of another. */
function noisyTopics(count: number, seed: number): readonly Example[] {
  const random = createRandom(seed);
  const labels = ["network", "printing", "storage"];
  return drawTopics(count, seed).map(({ text, target }) => ({
    text,
    target: random() < 0.1 ? { [labels[Math.floor(random() * 3)]!]: 1 } : target,
  }));
}
