import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeModel } from "../../src/classifier/model-file.ts";
import { createPredictor } from "../../src/classifier/predict.ts";
import { type CliRig, cliRig } from "../support/cli-rig.ts";
import { requirePython } from "../support/find-python.ts";

const examples = join(import.meta.dirname, "../../examples");

/** What a module says of a text. */
interface Answer {
  readonly label: string;
  readonly confidence: number;
  readonly keep?: boolean;
  readonly probabilities: { readonly [label: string]: number };
  readonly output_text: string;
}

type Classify = (text: string) => Answer;

describe("the example's student, exported", () => {
  it("answers in JavaScript and Python as distill does, to the last bit", {
    timeout: 120_000,
  }, async (context) => {
    const rig = cliRig({}, examples);
    expect(await rig.distill(["run", "distill.yaml"])).toMatchObject({ code: 0 });
    expect(
      await rig.distill(["export", "routed", "out", "--rows", "20", "--spec", "distill.yaml"]),
    ).toMatchObject({ code: 0, stderr: "" });
    const lock = readFileSync(join(examples, "distill.lock"), "utf8");
    const model = readFileSync(join(rig.folder, "out/model.bin"));
    expect(lock).toContain(`model: ${createHash("sha256").update(model).digest("hex")}`);

    const texts = textsOf(rig, "data/labelled.jsonl");
    expect(texts.size).toBe(1000);
    const predict = createPredictor(decodeModel(model).model);
    const expected = [...texts.values()].map((text) => {
      const { labels, probabilities } = predict(text);
      return Object.fromEntries(labels.map((label, index) => [label, probabilities[index]!]));
    });
    const { loadClassifier } = (await import(join(rig.folder, "out/classify.mjs"))) as {
      loadClassifier(): Promise<Classify>;
    };
    const classify = await loadClassifier();
    const answers = [...texts.values()].map(classify);
    expect(answers.map(({ probabilities }) => probabilities)).toEqual(expected);

    // What the run itself had on the 584 test rows: answers, and who gave them.
    const byId = new Map([...texts.keys()].map((id, at) => [id, answers[at]!]));
    const { student, routed } = await examOf(rig);
    expect(student.length).toBe(584);
    expect(student.map(({ id }) => byId.get(id)!.output_text)).toEqual(student.map(({ text }) => text));
    expect(routed.map(({ id }) => byId.get(id)!.keep)).toEqual(routed.map(({ from }) => from === "first"));

    const python = requirePython(context);
    const input = [...texts.values()].map((text) => `${JSON.stringify(text)}\n`).join("");
    const lines = python([join(rig.folder, "out/classify.py"), "--lines"], input)
      .trimEnd()
      .split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(answers);
    expect(python([join(rig.folder, "out/classify.py"), "--test"], "")).toBe(
      "66 of 66 answers are the same to the last bit\n",
    );
  });
});

function textsOf(rig: CliRig, path: string): ReadonlyMap<string, string> {
  const rows = rig.read(path).trimEnd().split("\n");
  return new Map(
    rows.map((row) => {
      const { id, text } = JSON.parse(row) as { readonly id: string; readonly text: string };
      return [id, text];
    }),
  );
}

/** What the store keeps of the examination: the lines of student and cascade, in the order of the items. */
async function examOf(rig: CliRig) {
  const printed = await rig.distill(["rows", "exam", "--json", "--spec", "distill.yaml"]);
  const lines = printed.stdout.trimEnd().split("\n");
  const results = lines.map((line) => JSON.parse(line) as ResultLine);
  // In the order in which the spec names them: teacher, before, student, routed.
  const models = [...new Set(results.map(({ model }) => model))];
  expect(models.length).toBe(4);
  const [student, routed] = models
    .slice(2)
    .map((digest) =>
      results
        .filter(({ model }) => model === digest)
        .map(({ id, sample }) => ({ id, text: sample.output_text, from: sample.served_by })),
    );
  return { student: student!, routed: routed! };
}

interface ResultLine {
  readonly id: string;
  readonly model: string;
  readonly sample: { readonly output_text: string; readonly served_by?: string };
}
