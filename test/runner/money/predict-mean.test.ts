import { describe, expect, it } from "vitest";
import { predictMean } from "../../../src/runner/money/predict-mean.ts";
import { createRandom } from "../../../src/stats/random.ts";

const alone = (values: readonly number[]) => values.map((_, index) => String(index));

describe("the mean of values to come", () => {
  it.each([
    ["even", (uniform: () => number) => 10 + 40 * uniform(), 1.8],
    ["log-normal", (uniform: () => number) => 100 * Math.exp(0.5 * normal(uniform)), 2.5],
    ["long-tailed", (uniform: () => number) => 100 * Math.exp(normal(uniform)), 8],
  ])("lies in the range that twenty %s values tell, in 19 of 20 trials", (name, draw, width) => {
    const random = createRandom(name);
    const uniform = () => Math.max(1e-12, random());
    let held = 0;
    const widths: number[] = [];
    for (let trial = 0; trial < 400; trial++) {
      const values = Array.from({ length: 20 }, () => draw(uniform));
      const { low, high } = predictMean(values, { groups: alone(values), count: 200 })!;
      const mean = Array.from({ length: 200 }, () => draw(uniform)).reduce((a, b) => a + b) / 200;
      held += Number(low <= mean && mean <= high);
      widths.push(high / low);
    }
    expect(held).toBeGreaterThanOrEqual(380);
    expect(widths.sort((a, b) => a - b)[200]).toBeLessThan(width);
  });

  it("is told less surely where several values are of one question", () => {
    const values = [10, 11, 50, 52, 30, 31, 80, 79];
    const width = (groups: readonly string[]) => {
      const { low, high } = predictMean(values, { groups, count: 100 })!;
      return high / low;
    };
    expect(width(["a", "a", "b", "b", "c", "c", "d", "d"])).toBeGreaterThan(width(alone(values)));
  });

  it("never passes what a value can be at most", () => {
    const values = [100, 100, 3, 100, 60];
    expect(predictMean(values, { groups: alone(values), count: 10, most: 100 })!.high).toBeLessThanOrEqual(
      100,
    );
  });

  it("is not told from the answers to a single question", () => {
    expect(predictMean([3, 4, 5], { groups: ["a", "a", "a"], count: 10 })).toBeUndefined();
  });
});

function normal(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
