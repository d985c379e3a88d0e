// Soft against hard targets: on the help-desk tickets, and on a constructed task where soft targets say more.
import { readFileSync } from "node:fs";
import { defaultHyperparameters, type Hyperparameters } from "../src/classifier/hyperparameters.ts";
import { encodeModel } from "../src/classifier/model-file.ts";
import { createPredictor, type Prediction } from "../src/classifier/predict.ts";
import { type Example, trainClassifier } from "../src/classifier/train-classifier.ts";
import { createRandom } from "../src/stats/random.ts";

/** A text with what the teacher states, and what is right. */
interface Case {
  readonly text: string;
  readonly stated: { readonly [label: string]: number };
  readonly right: string;
}

interface Arm {
  readonly name: string;
  readonly target: (one: Case, random: () => number) => { readonly [label: string]: number };
  readonly temperature: number;
}

const seeds = [1, 2, 3, 4, 5];
const soft: Arm = { name: "soft", target: ({ stated }) => stated, temperature: 1 };
const sharpened: Arm = { ...soft, name: "soft, T 0.5", temperature: 0.5 };
const first: Arm = { name: "hard", target: ({ stated }) => ({ [firstOf(stated)]: 1 }), temperature: 1 };
const drawn: Arm = {
  name: "hard, drawn",
  target: ({ stated }, random) => ({ [drawFrom(stated, random)]: 1 }),
  temperature: 1,
};

await compareOnTickets();
await compareOnMixtures();
await measureSpeed();

async function compareOnTickets(): Promise<void> {
  const { pool, labelled } = readTickets();
  console.log(
    `Help-desk tickets: accuracy (%) on the ${labelled.length} labelled ones, mean ± standard deviation of ${seeds.length} seeds;`,
  );
  console.log("a seed draws the tickets of the pool that are trained on, and their order.");
  const sizes = [250, 500, 1000, pool.length];
  await compare({
    arms: [first, soft, sharpened],
    sizes,
    hyperparameters: {},
    draw: (size, random) => ({ training: sample(pool, size, random), test: labelled }),
  });
}

async function compareOnMixtures(): Promise<void> {
  console.log(
    "\nConstructed: 6-word texts of 4 topics with overlapping vocabularies; the teacher states the true posterior.",
  );
  console.log(
    `Share (%) of 1,000 texts where the most probable topic is found, mean ± standard deviation of ${seeds.length} seeds.`,
  );
  await compare({
    arms: [first, drawn, soft],
    sizes: [50, 100, 200, 400],
    hyperparameters: { word_ngrams: 1, longest_char_ngram: 0 },
    draw(size, random) {
      const topics = createTopics(random);
      return { training: topics(size), test: topics(1000) };
    },
  });
}

interface Comparison {
  readonly arms: readonly Arm[];
  readonly sizes: readonly number[];
  readonly hyperparameters: Partial<Hyperparameters>;
  readonly draw: (
    size: number,
    random: () => number,
  ) => { readonly training: readonly Case[]; readonly test: readonly Case[] };
}

/** Prints a line for each size; every arm sees the same texts under one seed, and is compared with the first arm on them. */
async function compare({ arms, sizes, hyperparameters, draw }: Comparison): Promise<void> {
  const reference = arms[0]!;
  const heads = arms.flatMap((arm) =>
    arm === reference ? [arm.name] : [arm.name, `− ${reference.name}`, "seeds won"],
  );
  console.log(["texts", ...heads].map((head) => head.padStart(13)).join(""));
  for (const size of sizes) {
    const shares = new Map<Arm, number[]>(arms.map((arm) => [arm, []]));
    for (const seed of seeds) {
      const { training, test } = draw(size, createRandom(`${seed} ${size}`));
      for (const arm of arms)
        shares.get(arm)!.push(await measure({ arm, training, test, hyperparameters, seed }));
    }
    const cells = arms.flatMap((arm) => {
      const own = shares.get(arm)!;
      const gains = own.map((share, i) => share - shares.get(reference)![i]!);
      if (arm === reference) return [spread(own)];
      return [spread(own), spread(gains), `${gains.filter((gain) => gain > 0).length} of ${seeds.length}`];
    });
    console.log([String(size), ...cells].map((cell) => cell.padStart(13)).join(""));
  }
}

interface Measurement {
  readonly arm: Arm;
  readonly training: readonly Case[];
  readonly test: readonly Case[];
  readonly hyperparameters: Partial<Hyperparameters>;
  readonly seed: number;
}

/** @returns the percentage of the test that is right. */
async function measure({ arm, training, test, hyperparameters, seed }: Measurement): Promise<number> {
  const random = createRandom(`labels ${seed}`);
  const examples: Example[] = training.map((one) => ({ text: one.text, target: arm.target(one, random) }));
  const { model } = await trainClassifier({
    examples,
    hyperparameters: { ...defaultHyperparameters, ...hyperparameters, temperature: arm.temperature },
    seed,
  });
  const predict = createPredictor(model);
  return (100 * test.filter(({ text, right }) => topOf(predict(text)) === right).length) / test.length;
}

async function measureSpeed(): Promise<void> {
  const { pool, labelled } = readTickets();
  const examples = pool.map(({ text, stated }) => ({ text, target: stated }));
  const begun = performance.now();
  const { model } = await trainClassifier({ examples, hyperparameters: defaultHyperparameters, seed: 1 });
  const seconds = (performance.now() - begun) / 1000;
  const predict = createPredictor(model);
  for (const { text } of labelled) predict(text);
  const asked = performance.now();
  for (let round = 0; round < 5; round++) for (const { text } of labelled) predict(text);
  const microseconds = ((performance.now() - asked) * 1000) / (5 * labelled.length);
  const megabytes = encodeModel(model, {}).length / 1e6;
  console.log(
    `\nTraining on ${pool.length} tickets ${seconds.toFixed(2)} s, an answer ${microseconds.toFixed(0)} µs, the file ${megabytes.toFixed(2)} MB.`,
  );
}

function readTickets(): { readonly pool: readonly Case[]; readonly labelled: readonly Case[] } {
  const recorded = readLines("teacher.jsonl").filter((line) => "answers" in line);
  const answers = new Map(recorded.map(({ id, answers }) => [id, JSON.parse((answers as string[])[0]!)]));
  const toCase = (line: { readonly [key: string]: unknown }): Case => {
    const { team, probabilities } = answers.get(line.id);
    return {
      text: line.text as string,
      stated: probabilities,
      right: (line.team as string | undefined) ?? team,
    };
  };
  return { pool: readLines("pool.jsonl").map(toCase), labelled: readLines("labelled.jsonl").map(toCase) };
}

function readLines(name: string): readonly { readonly [key: string]: unknown }[] {
  const text = readFileSync(new URL(`../examples/data/${name}`, import.meta.url), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** Topics with word probabilities ∝ exp(normal); a text is six words of one topic. @returns a source of texts. */
function createTopics(random: () => number): (count: number) => readonly Case[] {
  const words = Array.from(
    { length: 120 },
    (_, i) => `w${String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26))}`,
  );
  const topics = ["a", "b", "c", "d"].map((name) => {
    const weights = words.map(() =>
      Math.exp(Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())),
    );
    const sum = weights.reduce((total, weight) => total + weight);
    return { name, odds: Object.fromEntries(words.map((word, i) => [word, weights[i]! / sum])) };
  });
  return (count) =>
    Array.from({ length: count }, () => {
      const topic = topics[Math.floor(random() * topics.length)]!;
      const text = Array.from({ length: 6 }, () => drawFrom(topic.odds, random));
      const joint = topics.map(({ odds }) => text.reduce((product, word) => product * odds[word]!, 1));
      const sum = joint.reduce((total, value) => total + value);
      const stated = Object.fromEntries(topics.map(({ name }, i) => [name, joint[i]! / sum]));
      return { text: text.join(" "), stated, right: firstOf(stated) };
    });
}

function sample<T>(values: readonly T[], size: number, random: () => number): readonly T[] {
  const keyed = values.map((value) => ({ value, key: random() })).sort((a, b) => a.key - b.key);
  return keyed.slice(0, size).map(({ value }) => value);
}

function drawFrom(odds: { readonly [label: string]: number }, random: () => number): string {
  const entries = Object.entries(odds);
  let rest = random() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [label, weight] of entries) {
    rest -= weight;
    if (rest < 0) return label;
  }
  return entries.at(-1)![0];
}

function firstOf(odds: { readonly [label: string]: number }): string {
  return Object.entries(odds).reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
}

function topOf({ labels, probabilities }: Prediction): string {
  return labels[probabilities.indexOf(Math.max(...probabilities))]!;
}

function spread(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return `${mean.toFixed(1)} ± ${Math.sqrt(variance).toFixed(1)}`;
}
