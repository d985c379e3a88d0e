import { describe, expect, it } from "vitest";
import { normalCdf, normalQuantile } from "../../src/stats/normal.ts";
import { expectRelative } from "./expect-relative.ts";

describe("normalCdf", () => {
  // mpmath 1.4.1, ncdf with 40 digits.
  it.each([
    [-37, 5.725571222524577e-300],
    [-8, 6.220960574271784e-16],
    [-5.7, 5.9903714010635345e-9],
    [-5, 2.866515718791939e-7],
    [-0.7, 0.241963652223073],
    [-0.5, 0.3085375387259869],
    [0, 0.5],
    [0.3, 0.6179114221889527],
    [1, 0.8413447460685429],
    [3, 0.9986501019683699],
    [6, 0.9999999990134123],
  ])("gives P(Z <= %d) to 13 digits", (x, expected) => {
    expectRelative(normalCdf(x), expected, 1e-13);
  });

  it("is 0 and 1 at the infinities and refuses NaN", () => {
    expect([normalCdf(-Infinity), normalCdf(Infinity)]).toEqual([0, 1]);
    expect(() => normalCdf(Number.NaN)).toThrow(RangeError);
  });
});

describe("normalQuantile", () => {
  // mpmath 1.4.1, the root of ln ncdf(z) = ln p with 40 digits, at the double p.
  it.each([
    [1e-300, -37.0470962993612],
    [1e-20, -9.262340089798407],
    [1e-12, -7.034483825301132],
    [1e-5, -4.264890793922825],
    [0.025, -1.9599639845400543],
    [0.1, -1.2815515655446004],
    [0.3, -0.5244005127080408],
    [0.95, 1.6448536269514722],
    [0.975, 1.9599639845400538],
    [0.999, 3.090232306167813],
  ])("gives the quantile of %d to 14 digits", (p, expected) => {
    expectRelative(normalQuantile(p), expected, 1e-14);
  });

  it("undoes normalCdf", () => {
    for (let z = -8; z <= 4; z += 0.37) expect(normalQuantile(normalCdf(z))).toBeCloseTo(z, 11);
  });

  it.each([0, 1, -0.1, Number.NaN])("refuses the probability %d", (p) => {
    expect(() => normalQuantile(p)).toThrow(RangeError);
  });
});
