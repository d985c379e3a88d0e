import { describe, expect, test } from "vitest";
import { stringCheck } from "../../../src/steps/graders/string-check.ts";
import { openGrader, rowOf, sampleOf } from "../../support/step-rig.ts";

function grade(operation: string, output: string, reference: string) {
  const params = { input: "{{ sample.output_text }}", reference: "{{ item.team }}", operation };
  return openGrader("g", stringCheck, params).grade(
    rowOf("1", { team: reference }, { sample: sampleOf(output) }),
  );
}

describe("string_check", () => {
  test.each([
    ["eq", "a", "a", true],
    ["eq", "a", "A", false],
    ["eq", "a ", "a", false],
    ["ne", "a", "b", true],
    ["ne", "a", "a", false],
    ["like", "the printer is out", "printer", true],
    ["like", "the Printer is out", "printer", false],
    ["like", "printer", "the printer", false],
    ["like", "100%", "%", true],
    ["like", "anything", "%", false],
    ["ilike", "the PRINTER", "printer", true],
    ["ilike", "STRASSE", "straße", true],
    ["ilike", "printer", "scanner", false],
  ])("%s of %j and %j passes: %j", async (operation, output, reference, passed) => {
    expect(await grade(operation, output, reference)).toMatchObject({ passed, score: passed ? 1 : 0 });
  });

  test("eq tells label and expected; the others compare texts that are no labels", async () => {
    expect(await grade("eq", "x", "y")).toEqual({ score: 0, passed: false, label: "x", expected: "y" });
    expect(await grade("like", "x", "y")).toEqual({ score: 0, passed: false });
  });

  test("an answer without the field is invalid, not an error, and keeps what was expected", async () => {
    const params = { input: "{{ sample.output_json.team }}", reference: "{{ item.team }}", operation: "eq" };
    const grader = openGrader("g", stringCheck, params);
    const row = rowOf("1", { team: "printing" }, { sample: sampleOf("Sorry, I cannot.") });
    expect(await grader.grade(row)).toEqual({
      score: 0,
      passed: false,
      invalid: expect.stringContaining("sample.output_json"),
      expected: "printing",
    });
  });

  test("ne does not pass on an answer that cannot be read", async () => {
    const params = { input: "{{ sample.output_json.team }}", reference: "x", operation: "ne" };
    const row = rowOf("1", {}, { sample: sampleOf("Sorry") });
    expect(await openGrader("g", stringCheck, params).grade(row)).toMatchObject({ passed: false, score: 0 });
  });

  test("an item without the reference is invalid", async () => {
    const params = { input: "{{ sample.output_text }}", reference: "{{ item.team }}", operation: "eq" };
    expect(
      await openGrader("g", stringCheck, params).grade(rowOf("1", {}, { sample: sampleOf("x") })),
    ).toEqual({
      score: 0,
      passed: false,
      invalid: expect.stringMatching(/^reference: .*item\.team/),
    });
  });
});
