import { readFile } from "node:fs/promises";
import { type Connection, type ProviderDefinition, RequestFailure } from "../../runner/provider.ts";
import type { AnswerContract } from "../trainers/answer-contract.ts";
import { lastUserText } from "../trainers/last-user-text.ts";
import { writeAnswer } from "./classifier-answer.ts";

const params = { type: "object", properties: {}, additionalProperties: false } as const;

/** Text classifiers that are trained here and answer in this process, in microseconds. */
export const classifier: ProviderDefinition<Record<string, never>> = {
  name: "classifier",
  version: 1,
  summary: "Classifiers that are trained here: ngram-16 is an untrained one with 2^16 features.",
  params,
  free: true,
  deterministic: true,
  kept: false,
  trainer: "classifier",
  identity: () => ({ type: "classifier" }),
  open: async () => ({
    async answer({ model }) {
      throw new RequestFailure(`${model} is an untrained classifier and knows no answers`, {
        scope: "stop",
        hint: "train it: a step that uses train, with this model as base",
      });
    },
    close: async () => {},
  }),
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
    async answer({ messages }) {
      const started = performance.now();
      const { labels, probabilities } = predict(lastUserText(messages));
      const prediction = labels.map((label, i) => ({ label, probability: probabilities[i]! }));
      return { ...writeAnswer(prediction, contract), latency_ms: performance.now() - started };
    },
    close: async () => {},
  };
}
