import { describe, expect, test } from "vitest";
import { regex } from "../../../src/steps/graders/regex.ts";
import { startCpuTime } from "../../support/cpu-time.ts";
import { fillParams, openGrader, rowOf, sampleOf } from "../../support/step-rig.ts";

const input = "{{ sample.output_text }}";

function passes(pattern: string, output: string, flags?: string) {
  const params = { input, pattern, ...(flags !== undefined && { flags }) };
  return openGrader("g", regex, params).grade(rowOf("1", {}, { sample: sampleOf(output) }));
}

function faults(pattern: string): readonly string[] {
  const found: string[] = [];
  regex.check?.(fillParams(regex.params, { input, pattern }) as never, (pointer, message) =>
    found.push(`${pointer}: ${message}`),
  );
  return found;
}

describe("regex", () => {
  test.each([
    ["ink", "no ink left", undefined, true],
    ["^ink$", "no ink left", undefined, false],
    ["INK", "no ink left", "i", true],
    ["^ink$", "no\nink\nleft", "m", true],
    ["no.ink", "no\nink", undefined, false],
    ["no.ink", "no\nink", "s", true],
    ["^K.SE 🧀$", "käse 🧀", "i", true],
  ])("/%s/ on %j with flags %j: %j", async (pattern, output, flags, passed) => {
    expect(await passes(pattern, output, flags)).toEqual({ score: passed ? 1 : 0, passed });
  });

  test("an answer without the field is invalid", async () => {
    const grader = openGrader("g", regex, { input: "{{ sample.output_json.team }}", pattern: "x" });
    expect(await grader.grade(rowOf("1", {}, { sample: sampleOf("Sorry") }))).toEqual({
      score: 0,
      passed: false,
      invalid: expect.stringMatching(/^input: /),
    });
  });

  test("a pattern that is none is a fault of the plan", () => {
    expect(faults("(a")).toEqual([expect.stringMatching(/^\/pattern: .*\(a/)]);
    expect(faults("a(?=b)")).toHaveLength(1);
    expect(faults("^a+$")).toEqual([]);
  });

  test("hostile patterns end at once", async () => {
    const cpuMs = startCpuTime();
    expect(faults("a{1000}".repeat(300))).toEqual(["/pattern: the pattern is too large"]);
    await passes("(a+)+$", `${"a".repeat(50_000)}b`);
    await passes("(a|a)*b", "a".repeat(50_000));
    expect(cpuMs()).toBeLessThan(2000);
  });
});
