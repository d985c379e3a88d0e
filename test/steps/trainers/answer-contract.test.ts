import { describe, expect, test } from "vitest";
import type { TrainingExample } from "../../../src/runner/trainer.ts";
import { findContract } from "../../../src/steps/trainers/answer-contract.ts";

function example(target: TrainingExample["target"], json: unknown): TrainingExample {
  const answer = json === undefined ? null : { text: JSON.stringify(json), json: json as never };
  return { id: "1", messages: [], target, answer };
}

describe("the contract of stored answers", () => {
  test("fields that hold the label and the target's weights, in their order", () => {
    const p = { printing: 0.9, network: 0.1 };
    expect(findContract([example(p, { team: "printing", probabilities: p })])).toEqual({
      contract: [
        { field: "team", holds: "label" },
        { field: "probabilities", holds: "probabilities" },
      ],
      unwritten: [],
    });
    expect(
      findContract([example(p, { probabilities: p, team: "printing" })]).contract?.map(({ field }) => field),
    ).toEqual(["probabilities", "team"]);
  });

  test("weights beside a plain label, where the label is among the heaviest", () => {
    expect(findContract([example("a", { team: "a", p: { a: 0.5, b: 0.5 } })]).contract).toEqual([
      { field: "team", holds: "label" },
      { field: "p", holds: "probabilities" },
    ]);
  });

  test("a tie in the target is any of its labels", () => {
    expect(findContract([example({ a: 0.5, b: 0.5 }, { team: "b" })]).contract).toEqual([
      { field: "team", holds: "label" },
    ]);
  });

  test("other fields are named as what a classifier cannot write", () => {
    expect(findContract([example("a", { team: "a", reason: "because" })])).toEqual({
      contract: [{ field: "team", holds: "label" }],
      unwritten: ["reason"],
    });
  });

  test("one answer in a hundred may be otherwise, two may not", () => {
    const answers = (wrong: number) =>
      Array.from({ length: 100 }, (_, index) => example("a", { team: index < wrong ? "b" : "a" }));
    expect(findContract(answers(1)).contract).toHaveLength(1);
    expect(findContract(answers(2)).contract).toBeNull();
  });

  test.each([
    ["no answers", []],
    ["no stored answer", [example("a", { team: "a" }), example("a", undefined)]],
    ["an answer that is no object", [example("a", { team: "a" }), example("a", ["a"])]],
    ["no field that fits", [example("a", { other: 1 })]],
  ])("%s: the plain label", (_, examples) => {
    expect(findContract(examples)).toEqual({ contract: null, unwritten: [] });
  });
});
