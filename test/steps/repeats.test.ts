import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkCommitted } from "../../src/cli/check-committed.ts";
import { readLock } from "../../src/runner/lock.ts";
import { openRig, type Rig } from "../support/rig.ts";

const rowsOf = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
const words = ["printer jam", "wifi down", "printer toner", "vpn broken", "wifi slow", "printer offline"];
const tickets = Array.from({ length: 24 }, (_, index) => ({
  id: `t${index}`,
  text: `${words[index % 6]} number ${index}`,
  team: /printer/.test(words[index % 6]!) ? "printing" : "network",
  customer: `customer ${index % 5}`,
}));

const files = {
  "few.jsonl": rowsOf(tickets.slice(0, 12)),
  "exam.jsonl": rowsOf(tickets.slice(12)),
  "spec.yaml": `version: 1
name: repeats
seed: 3
datasets:
  few: { path: few.jsonl }
  exam: { path: exam.jsonl }
prompts:
  route: { messages: [{ role: user, content: "{{ item.text }}" }] }
providers:
  local: { type: classifier }
models:
  ngram: { provider: local, model: ngram-8 }
graders:
  correct: { type: string_check, input: "{{ sample.output_text }}", reference: "{{ item.team }}", operation: eq }
steps:
  student:
    uses: train
    base: ngram
    rows: few
    prompt: route
    target: "{{ item.team }}"
    hyperparameters: { batch_size: 2 }
    repeats: 3
  judged:
    uses: evaluate
    rows: exam
    prompt: route
    models: [student, student.model_2, student.model_3]
    graders: [correct]
    group_by: item.customer
    slices: { team: item.team }
`,
};

let rig: Rig;

beforeEach(() => {
  rig = openRig(files);
});

afterEach(() => rig.close());

describe("a student that is trained several times", () => {
  test("is evaluated training by training, and its figures follow from what is committed", async () => {
    expect((await rig.run()).ran).toEqual(["student", "judged"]);
    const read = readLock(rig.read("spec.lock"));
    if (read.state !== "good") throw new Error(read.state);
    const { student, judged } = Object.fromEntries(read.lock.steps);
    expect(student?.facts?.repeats).toMatchObject([{ seed: 3 }, { seed: 4 }, { seed: 5 }]);
    expect(new Set(Object.values(student!.outputs)).size).toBe(3);
    expect(Object.keys(judged!.metrics!)).toEqual(
      expect.arrayContaining(
        ["student", "student.model_2", "student.model_3"].map((model) => `correct.${model}.rate`),
      ),
    );
    expect(judged!.metrics).toMatchObject({ groups: 5, items: 12 });
    expect(
      (await checkCommitted(rig.plan(), false)).faults.filter(({ file }) => !/report/.test(file)),
    ).toEqual([]);
  });

  test("reuses all of them where nothing changed", async () => {
    await rig.run();
    expect((await rig.run()).cached).toEqual(["student", "judged"]);
  });

  test("names the outputs that there are where another is asked for", () => {
    rig.edit("spec.yaml", "student.model_3", "student.model_4");
    expect(() => rig.plan()).toThrow('step "student" has no output "model_4"');
  });
});
