import { describe, expect, it } from "vitest";
import { studentCritical } from "../../src/stats/student-t.ts";
import { expectRelative } from "./expect-relative.ts";

describe("studentCritical", () => {
  // scipy 1.17.1, t.ppf((1 + confidence) / 2, degrees).
  it.each([
    [1, 0.95, 12.706204736174694],
    [2, 0.95, 4.302652729749462],
    [3, 0.9, 2.3533634348018233],
    [9, 0.95, 2.262157162798205],
    [10, 0.999, 4.586893858702708],
    [39, 0.99, 2.707913183517662],
    [200, 0.95, 1.9718962236339088],
    [19_999, 0.95, 1.960082611089815],
  ])("is scipy's for %d degrees of freedom at confidence %d", (degrees, confidence, expected) => {
    expectRelative(studentCritical(degrees, confidence), expected, 1e-11);
  });

  it.each([
    [0, 0.95],
    [1.5, 0.95],
    [3, 0],
    [3, 1],
  ])("refuses %d degrees of freedom at confidence %d", (degrees, confidence) => {
    expect(() => studentCritical(degrees, confidence)).toThrow(RangeError);
  });
});
