import { readFile } from "node:fs/promises";
import type { FromSchema } from "json-schema-to-ts";
import { type Connection, type ProviderDefinition, RequestFailure } from "../../runner/provider.ts";
import { lastUserText } from "../last-user-text.ts";
import type { ParamsSchema } from "../params-schema.ts";
import type { AnswerContract } from "../trainers/answer-contract.ts";
import { writeAnswer } from "./classifier-answer.ts";

const params = {
  type: "object",
  additionalProperties: false,
  properties: {},
} as const satisfies ParamsSchema;

/** Classifiers that the trainer of the same name makes; they answer here, in microseconds. */
export const classifier: ProviderDefinition<FromSchema<typeof params>> = {
  name: "classifier",
  version: 1,
  summary:
    "Answers with a classifier that was trained here; bases are ngram-8 to ngram-20, for 2^8 to 2^20 features.",
  params,
  free: true,
  deterministic: true,
  kept: false,
  trainer: "classifier",
  identity: () => ({ type: "classifier" }),
  async open() {
    return {
      answer: ({ model }) =>
        Promise.reject(
          new RequestFailure(`"${model}" is a base without training: it knows no answer`, {
            scope: "stop",
            hint: "ask the step that trains it",
          }),
        ),
      close: async () => {},
    };
  },
  openArtifact,
};

async function openArtifact(path: string): Promise<Connection> {
  const [{ decodeModel }, { createPredictor }] = await Promise.all([
    import("../../classifier/model-file.ts"),
    import("../../classifier/predict.ts"),
  ]);
  const { model, meta } = decodeModel(await readFile(path));
  const predict = createPredictor(model);
  const contract = meta.contract as AnswerContract;
  return {
    async answer({ messages }, _execution, signal) {
      signal.throwIfAborted();
      const started = performance.now();
      const text = lastUserText(messages);
      if (text === undefined)
        throw new RequestFailure("there is no user message with text", {
          hint: "a classifier reads the last user message",
        });
      const { labels, probabilities } = predict(text);
      const prediction = labels.map((label, index) => ({ label, probability: probabilities[index]! }));
      return { ...writeAnswer(prediction, contract), latency_ms: performance.now() - started };
    },
    close: async () => {},
  };
}
