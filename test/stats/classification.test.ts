import { describe, expect, it } from "vitest";
import { classificationReport, type LabelPair } from "../../src/stats/classification.ts";

const pairs: readonly LabelPair[] = [
  { expected: "a", answered: "a" },
  { expected: "a", answered: "b" },
  { expected: "a", answered: "x" },
  { expected: "b", answered: "b" },
  { expected: "b", answered: "b" },
  { expected: "c", answered: "c" },
  { expected: "c", answered: "a" },
  { expected: "d", answered: "a" },
];

describe("classificationReport", () => {
  it("agrees with scikit-learn on a label that is never answered right and one that is invented", () => {
    // scikit-learn 1.9.1, classification_report(…, zero_division=0) and confusion_matrix.
    const report = classificationReport(pairs);
    expect(report.accuracy).toBe(0.5);
    expect(report.macroF1).toBeCloseTo(0.36, 14);
    expect(report.labels.map(({ label, precision, recall, f1 }) => [label, precision, recall, f1])).toEqual([
      ["a", 1 / 3, 1 / 3, 1 / 3],
      ["b", 2 / 3, 1, 0.8],
      ["c", 1, 0.5, 2 / 3],
      ["d", 0, 0, 0],
      ["x", 0, 0, 0],
    ]);
    expect(report.confusion).toEqual({
      labels: ["a", "b", "c", "d", "x"],
      counts: [
        [1, 1, 0, 0, 1],
        [0, 2, 0, 0, 0],
        [1, 0, 1, 0, 0],
        [1, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
      ],
      other: [0, 0, 0, 0, 0],
    });
    expect(report.outside).toBe(1);
  });

  it("leaves an answer outside the given labels out of the mean, and counts it", () => {
    // scikit-learn 1.9.1, f1_score(…, average="macro", zero_division=0, labels=["a", "b", "c", "d"]) = .45.
    const report = classificationReport(pairs, ["d", "c", "b", "a"]);
    expect(report.macroF1).toBeCloseTo(0.45, 14);
    expect(report.confusion.other).toEqual([1, 0, 0, 0]);
    expect(report.labels[0]).toMatchObject({ label: "a", expected: 3, answered: 3, correct: 1 });
    expect(report.outside).toBe(1);
  });

  it("gives a given label that never occurs an F1 of 0, as scikit-learn does", () => {
    // scikit-learn 1.9.1, the same with labels=["a", "b", "c", "d", "e"].
    expect(classificationReport(pairs, ["a", "b", "c", "d", "e"]).macroF1).toBeCloseTo(0.36, 14);
  });

  it("takes no answer for a wrong one, not for a label", () => {
    const report = classificationReport([
      { expected: "a", answered: null },
      { expected: "a", answered: "a" },
    ]);
    expect(report).toMatchObject({ n: 2, accuracy: 0.5, outside: 1, macroF1: 2 / 3 });
    expect(report.confusion).toEqual({ labels: ["a"], counts: [[1]], other: [1] });
  });

  it("knows labels by their text alone, whatever it is", () => {
    const report = classificationReport([{ expected: "__proto__", answered: "constructor" }]);
    expect(report).toMatchObject({ accuracy: 0, macroF1: 0, outside: 1 });
  });

  it("refuses no pairs, and an expected label that is not given", () => {
    expect(() => classificationReport([])).toThrow(RangeError);
    expect(() => classificationReport(pairs, ["a", "b"])).toThrow(
      'expected label "c" is not among the labels',
    );
  });
});
