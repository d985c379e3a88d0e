import { expect, test } from "vitest";
import { suggest } from "../../src/runner/suggest.ts";

test.each([
  ["captur", ["capture", "select"], "capture"],
  ["sampel", ["sample", "item"], "sample"],
  ["rwos", ["uses", "rows"], "rows"],
  ["ROWS", ["row", "rows"], "rows"],
  ["hyper", ["uses", "hyperparameters"], "hyperparameters"],
  ["api_key", ["type", "api_key_env"], "api_key_env"],
  ["filtre", ["filter", "after"], "filter"],
  ["x", ["y", "id"], undefined],
  ["banana", ["rows", "uses"], undefined],
  ["", ["rows"], undefined],
  ["rows", ["rows"], undefined],
])("%j among %j suggests %j", (word, candidates, expected) => {
  expect(suggest(word, candidates)).toBe(expected);
});

test("of equally near candidates the first is suggested", () => {
  expect(suggest("stepx", ["stepa", "stepb"])).toBe("stepa");
  expect(suggest("stepx", ["stepb", "stepa"])).toBe("stepb");
});

test("a word of a megabyte is not compared", () => {
  expect(suggest("a".repeat(1e6), ["a".repeat(1e6 - 1)])).toBeUndefined();
});
