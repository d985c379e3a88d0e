import fc from "fast-check";
import { expect, test } from "vitest";
import { axisOver, percent, points } from "../../../src/report/charts/axis.ts";

test("an axis goes from one round figure to another over all values", () => {
  expect(axisOver([0.357, 0.995], percent)).toMatchObject({
    domain: [20, 100],
    values: [20, 40, 60, 80, 100],
  });
  expect(axisOver([-0.272, 0.004, 0], points).domain).toEqual([-30, 5]);
  expect(axisOver([0.971, 0.983], percent).values).toEqual([97, 97.2, 97.4, 97.6, 97.8, 98, 98.2, 98.4]);
});

test("a single value has an axis around it, at the ends too", () => {
  expect(axisOver([1], percent).domain).toEqual([99, 100]);
  expect(axisOver([0, 0], percent).domain).toEqual([0, 1]);
  expect(axisOver([-1], points).domain).toEqual([-100, -99]);
});

test.each([
  ["shares", percent],
  ["differences", points],
])(
  "whatever the %s, they lie on their axis and it has few figures, none outside of what can be",
  (_, unit) => {
    const share = fc.double({ min: unit.low / 100, max: unit.high / 100, noNaN: true });
    fc.assert(
      fc.property(fc.array(share, { minLength: 1, maxLength: 9 }), (shares) => {
        const { domain, values } = axisOver(shares, unit);
        expect(domain[0]).toBeLessThanOrEqual(100 * Math.min(...shares) + 1e-6);
        expect(domain[1]).toBeGreaterThanOrEqual(100 * Math.max(...shares) - 1e-6);
        expect(domain[0]).toBeGreaterThanOrEqual(unit.low);
        expect(domain[1]).toBeLessThanOrEqual(unit.high);
        expect([values[0], values.at(-1)]).toEqual(domain);
        expect(values.length).toBeGreaterThanOrEqual(4);
        expect(values.length).toBeLessThanOrEqual(9);
        for (const value of values) expect(String(value)).toMatch(/^-?\d+(\.\d)?$/);
      }),
    );
  },
);
