import { type CliRig, cliRig } from "../support/cli-rig.ts";

/** Texts of which each model's answer is recorded, beside those of the dataset. */
export const texts = {
  /** The small model is sure. */
  sure: "where is my parcel",
  /** The small model is not sure; the teacher knows. */
  unsure: "it came and went",
  /** The small model is not sure, and no answer of the teacher was recorded. */
  unrecorded: "hm",
};

/**
 * A project with a small model that is right where it is sure, and a cascade over it and a teacher that is always
 * right. Both are recordings, so that nothing has to be trained. Nothing was run in it yet.
 */
export function cascadeProject(): CliRig {
  const items = Array.from({ length: 60 }, (_, i) => ({
    id: `i${i}`,
    text: `message ${i}`,
    topic: i % 2 === 0 ? "delivery" : "payment",
  }));
  return cliRig({
    "data/labelled.jsonl": lines(items),
    "data/answers.jsonl": lines([
      ...items.flatMap(({ text, topic }, i) => [
        small(text, i % 3 === 0 ? "returns" : topic, i % 3 === 0 ? 0.4 : 0.9),
        teacher(text, topic),
      ]),
      small(texts.sure, "delivery", 0.92),
      teacher(texts.sure, "delivery"),
      small(texts.unsure, "returns", 0.4),
      teacher(texts.unsure, "delivery"),
      small(texts.unrecorded, "returns", 0.4),
    ]),
    "distill.yaml": spec,
  });
}

const spec = `version: 1
name: inbox
datasets:
  labelled: { path: data/labelled.jsonl, id: id }
prompts:
  sort: { messages: [{ role: user, content: "{{ item.text }}" }] }
  letter: { messages: [{ role: user, content: "{{ item.greeting }}, {{ item.text }}" }] }
providers:
  recordings: { type: recorded, path: data/answers.jsonl }
models:
  teacher: { provider: recordings, model: large }
  small: { provider: recordings, model: small }
graders:
  correct: { type: string_check, input: "{{ sample.output_text }}", reference: "{{ item.topic }}", operation: eq }
steps:
  tune:
    uses: evaluate
    rows: labelled
    prompt: sort
    models: [teacher, small]
    graders: [correct]
  routed:
    uses: cascade
    first: small
    fallback: teacher
    results: tune
    grader: correct
    risk: { of: loss_to_teacher, max: 0.1, confidence: 0.9 }
`;

function small(text: string, label: string, probability: number): unknown {
  const rest = (1 - probability) / 2;
  const others = ["delivery", "payment", "returns"].filter((one) => one !== label);
  const top = [label, ...others].map((token, i) => ({
    token,
    logprob: Math.log(i === 0 ? probability : rest),
  }));
  return request("small", text, { output_text: label, logprobs: [{ ...top[0]!, top_logprobs: top }] });
}

function teacher(text: string, label: string): unknown {
  return request("large", text, { output_text: label });
}

function request(model: string, text: string, answer: unknown): unknown {
  return { model, messages: [{ role: "user", content: text }], answers: [answer] };
}

function lines(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}
