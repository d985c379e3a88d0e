import { describe, expect, test } from "vitest";
import { writeAnswer } from "../../../src/steps/providers/classifier-answer.ts";

const prediction = [
  { label: "network", probability: 0.0449 },
  { label: "printing", probability: 0.95123456 },
  { label: "security", probability: 0.00386544 },
];

describe("a classifier's answer", () => {
  test("is the plain label without a contract", () => {
    expect(writeAnswer(prediction, null).output_text).toBe("printing");
  });

  test("is JSON by the contract, in its order, with probabilities that are worth telling", () => {
    const text = writeAnswer(prediction, [
      { field: "team", holds: "label" },
      { field: "sure", holds: "confidence" },
      { field: "all", holds: "probabilities" },
    ]).output_text;
    expect(text).toBe('{"team":"printing","sure":0.9512,"all":{"printing":0.9512,"network":0.0449}}');
  });

  test("always tells the first label, however improbable", () => {
    const flat = Array.from({ length: 1000 }, (_, index) => ({
      label: `l${String(index).padStart(3, "0")}`,
      probability: 0.001,
    }));
    expect(JSON.parse(writeAnswer(flat, [{ field: "p", holds: "probabilities" }]).output_text)).toEqual({
      p: { l000: 0.001 },
    });
  });

  test("has one token, the label, with up to 20 rivals in order", () => {
    const [token] = writeAnswer(prediction, null).logprobs!;
    expect(token).toEqual({
      token: "printing",
      logprob: Math.log(0.95123456),
      top_logprobs: [
        { token: "printing", logprob: Math.log(0.95123456) },
        { token: "network", logprob: Math.log(0.0449) },
        { token: "security", logprob: Math.log(0.00386544) },
      ],
    });
    const many = Array.from({ length: 30 }, (_, index) => ({ label: `l${index}`, probability: 1 / 30 }));
    expect(writeAnswer(many, null).logprobs?.[0]?.top_logprobs).toHaveLength(20);
  });

  test("survives JSON where a probability is 0, and takes equal ones in the order of labels", () => {
    const { logprobs } = writeAnswer(
      [
        { label: "b", probability: 0.5 },
        { label: "a", probability: 0.5 },
        { label: "c", probability: 0 },
      ],
      null,
    );
    expect(JSON.parse(JSON.stringify(logprobs))).toEqual(logprobs);
    expect(logprobs?.[0]?.top_logprobs?.map(({ token }) => token)).toEqual(["a", "b", "c"]);
  });

  test("quotes whatever a label or field holds", () => {
    const text = writeAnswer(
      [{ label: '"}\n🧀', probability: 1 }],
      [{ field: 'a"b', holds: "label" }],
    ).output_text;
    expect(JSON.parse(text)).toEqual({ 'a"b': '"}\n🧀' });
  });
});
