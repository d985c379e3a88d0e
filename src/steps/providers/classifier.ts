import { readFile } from "node:fs/promises";
import type { FromSchema } from "json-schema-to-ts";
import { type Connection, type ProviderDefinition, RequestFailure } from "../../runner/provider.ts";
import type { ParamsSchema } from "../params-schema.ts";
import type { AnswerContract } from "../trainers/answer-contract.ts";
import { lastUserText } from "../trainers/last-user-text.ts";
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
    "Answers with a classifier that was trained here; bases are ngram-8 to ngram-18, for 2^8 to 2^18 features.",
  params,
  free: true,
  kept: false,
  trainer: "classifier",
  identity: () => ({ type: "classifier" }),
  async open() {
    return {
      answer: ({ model }) =>
        Promise.reject(
          new RequestFailure(`"${model}" is a base without training: it knows no answer`, {
            scope: "stop",
            hint: "train it: a step that uses train, with this model as base",
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
  const contract = (meta.contract ?? null) as AnswerContract;
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
