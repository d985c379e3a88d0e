import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultHyperparameters } from "../../../src/classifier/hyperparameters.ts";
import { encodeModel } from "../../../src/classifier/model-file.ts";
import { trainClassifier } from "../../../src/classifier/train-classifier.ts";
import { classifier } from "../../../src/steps/providers/classifier.ts";
import type { AnswerContract } from "../../../src/steps/trainers/answer-contract.ts";
import type { Message } from "../../../src/templating/message.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "classifier-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function openModel(contract: AnswerContract) {
  const { model } = await trainClassifier({
    examples: [
      { text: "printer ink", target: new Map([["printing", 1]]) },
      { text: "wifi slow", target: new Map([["network", 1]]) },
    ],
    hyperparameters: defaultHyperparameters,
    seed: 1,
  });
  const path = join(directory, "model");
  await writeFile(path, encodeModel(model, { contract }));
  return classifier.openArtifact!(path);
}

const execution = { concurrency: 1, timeoutMs: 1000, retries: 0 };
const signal = new AbortController().signal;

function request(content: Message["content"], model = "") {
  return {
    model,
    messages: [{ role: "user" as const, content }],
    parameters: {},
    draw: { occurrence: 0, sample: 0 },
  };
}

describe("the provider classifier", () => {
  test("answers by the model's contract, with its label as the one token", async () => {
    const connection = await openModel([{ field: "team", holds: "label" }]);
    const answer = await connection.answer(request("no ink, printer?"), execution, signal);
    expect(answer).toMatchObject({
      output_text: '{"team":"printing"}',
      finish_reason: "stop",
      usage: null,
      resolved_model: null,
      logprobs: [{ token: "printing", top_logprobs: [{ token: "printing" }, { token: "network" }] }],
    });
    expect(answer.latency_ms).toBeGreaterThan(0);
    const total = answer.logprobs![0]!.top_logprobs!.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0);
    expect(total).toBeCloseTo(1, 10);
  });

  test("answers the plain label without a contract, and always the same", async () => {
    const connection = await openModel(null);
    const texts = await Promise.all(
      [1, 2].map(async () => (await connection.answer(request("wifi"), execution, signal)).output_text),
    );
    expect(texts).toEqual(["network", "network"]);
  });

  test("an empty text, and one without a known word, are answered too", async () => {
    const connection = await openModel(null);
    for (const text of ["", "🧀", "ქართული"])
      expect(["network", "printing"]).toContain(
        (await connection.answer(request(text), execution, signal)).output_text,
      );
  });

  test("a message without text is a failure that says so", async () => {
    const connection = await openModel(null);
    await expect(
      connection.answer(request([{ type: "image_url" }]), execution, signal),
    ).rejects.toMatchObject({
      name: "RequestFailure",
      message: "there is no user message with text",
      hint: "a classifier reads the last user message",
    });
  });

  test("an untrained base knows no answer, and no other request can help", async () => {
    const connection = await classifier.open({
      params: {},
      file: String,
      secret: () => undefined,
      allowsOrigin: () => false,
      shared: (_name, make) => make(),
    });
    await expect(connection.answer(request("wifi", "ngram-16"), execution, signal)).rejects.toMatchObject({
      name: "RequestFailure",
      message: '"ngram-16" is a base without training: it knows no answer',
      scope: "stop",
      hint: "train it: a step that uses train, with this model as base",
    });
  });

  test("a file that is no model is told", async () => {
    const path = join(directory, "broken");
    await writeFile(path, "{}");
    await expect(classifier.openArtifact!(path)).rejects.toThrow("this is no classifier model");
  });
});
