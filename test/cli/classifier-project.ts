import { type CliRig, cliRig } from "../support/cli-rig.ts";

/** Labels that a language may write or order in its own way. */
export const labels = ["10", "9", 'a "quoted"\nline', "é\u2028", "__proto__"] as const;

/**
 * A project with a classifier that learns the labels above from sixty texts, and a cascade over it, which decides `by`
 * an expression. Nothing was run in it yet.
 */
export function classifierProject(by?: string): CliRig {
  const items = Array.from({ length: 60 }, (_, i) => ({
    id: `i${i}`,
    text: `message ${i} about ${["bread", "milk", "salt", "tea", "rice"][i % 5]}`,
    topic: labels[i % 5],
  }));
  const answers = items.map(({ text, topic }) => ({
    model: "large",
    messages: [{ role: "user", content: text }],
    answers: [JSON.stringify({ topic })],
  }));
  const lines = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  return cliRig({
    "data/labelled.jsonl": lines(items),
    "data/answers.jsonl": lines(answers),
    "distill.yaml": `version: 1
name: shop
description: "Sorts *messages*, and |pipes|."
datasets: { labelled: { path: data/labelled.jsonl, id: id } }
prompts: { sort: { messages: [{ role: user, content: "{{ item.text }}" }] } }
providers:
  recordings: { type: recorded, path: data/answers.jsonl }
  local: { type: classifier }
models:
  teacher: { provider: recordings, model: large }
  ngram: { provider: local, model: ngram-10 }
graders:
  correct: { type: string_check, input: "{{ sample.output_json.topic }}", reference: "{{ item.topic }}", operation: eq }
steps:
  split: { uses: split, rows: labelled, into: { train: 0.5, tune: 0.5 } }
  small:
    uses: train
    base: ngram
    rows: split.train
    prompt: sort
    target: "{{ item.topic }}"
    answer: { topic: label, chances: probabilities, sure: confidence }
    hyperparameters: { n_epochs: 3 }
  tune: { uses: evaluate, rows: split.tune, prompt: sort, models: [teacher, small], graders: [correct] }
  routed:
    uses: cascade
    first: small
    fallback: teacher
    results: tune
    grader: correct
    risk: { of: loss_to_teacher, max: 0.3, confidence: 0.8 }
${by === undefined ? "" : `    by: ${JSON.stringify(by)}\n`}`,
  });
}
