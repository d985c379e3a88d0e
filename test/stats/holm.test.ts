import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holm, holmReject } from "../../src/stats/holm.ts";

describe("holm", () => {
  it("gives the adjusted values of R's multtest", () => {
    // R multtest, mt.rawp2adjp, as kept in statsmodels' test_multi.py (res_multtest1 and res_multtest3).
    const raw = [
      0.838541367553, 0.642193923795, 0.680845947633, 0.967833824309, 0.71626938238, 0.177096952723,
      5.23656777208e-5, 0.0202732688798, 0.00028140506198, 0.0149877310796,
    ];
    const adjusted = holm(raw);
    expect(adjusted[6]).toBeCloseTo(5.23656777208e-4, 15);
    expect(adjusted[8]).toBeCloseTo(2.53264555782e-3, 15);
    expect(adjusted[9]).toBeCloseTo(0.1199018486368, 12);
    expect(adjusted[7]).toBeCloseTo(0.14191288215860001, 12);
    expect([0, 1, 2, 3, 4, 5].map((i) => adjusted[i])).toEqual([1, 1, 1, 1, 1, 1]);
    const rising = holm([0.001, 0.002, 0.003, 0.004, 0.005, 0.05, 0.06, 0.07, 0.08, 0.09]);
    [0.01, 0.018, 0.024, 0.028, 0.03, 0.25, 0.25, 0.25, 0.25, 0.25].forEach((p, i) => {
      expect(rising[i]).toBeCloseTo(p, 14);
    });
  });

  it("leaves one question as it is, and none", () => {
    expect(holm([0.03])).toEqual([0.03]);
    expect(holm([])).toEqual([]);
  });

  it("keeps the order of the p-values, never lowers one, and never costs more than Bonferroni", () => {
    fc.assert(
      fc.property(fc.array(probability, { maxLength: 12 }), (ps) => {
        const adjusted = holm(ps);
        ps.forEach((p, i) => {
          expect(adjusted[i]).toBeGreaterThanOrEqual(p);
          expect(adjusted[i]).toBeLessThanOrEqual(Math.min(1, ps.length * p) + 1e-15);
          ps.forEach((other, j) => {
            if (p <= other) expect(adjusted[i]!).toBeLessThanOrEqual(adjusted[j]!);
          });
        });
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it.each([-0.1, 1.1, Number.NaN])("refuses %d", (p) => {
    expect(() => holm([0.5, p])).toThrow(RangeError);
    expect(() => holmReject([{ p, alpha: 0.05 }])).toThrow(RangeError);
  });
});

describe("holmReject", () => {
  it("stops at the first that is not rejected, whatever comes later", () => {
    const ps = [0.01, 0.04, 0.03, 0.005];
    // .005 <= .0125, .01 <= .0167, .03 > .025; .04 <= .05 is not asked any more.
    expect(holmReject(ps.map((p) => ({ p, alpha: 0.05 })))).toEqual([true, false, false, true]);
  });

  it("measures each p by its own level", () => {
    expect(
      holmReject([
        { p: 0.02, alpha: 0.1 },
        { p: 0.004, alpha: 0.01 },
        { p: 0.04, alpha: 0.05 },
      ]),
    ).toEqual([true, true, true]);
    expect(
      holmReject([
        { p: 0.02, alpha: 0.1 },
        { p: 0.006, alpha: 0.01 },
        { p: 0.04, alpha: 0.05 },
      ]),
    ).toEqual([true, false, false]);
  });

  it("agrees with the adjusted values where all levels are one", () => {
    fc.assert(
      fc.property(fc.array(probability, { maxLength: 10 }), (ps) => {
        const alpha = 0.2;
        const adjusted = holm(ps);
        // On the edge, (m − i) p <= α and p <= α / (m − i) round apart.
        fc.pre(adjusted.every((p) => Math.abs(p - alpha) > 1e-12));
        expect(holmReject(ps.map((p) => ({ p, alpha })))).toEqual(adjusted.map((p) => p <= alpha));
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it("rejects no fewer where a p falls", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ p: probability, alpha: fc.constantFrom(0.01, 0.05, 0.1) }), { minLength: 1 }),
        fc.nat(),
        (entries, at) => {
          const before = holmReject(entries);
          const lower = entries.map((one, i) => (i === at % entries.length ? { ...one, p: one.p / 3 } : one));
          holmReject(lower).forEach((rejected, i) => {
            if (before[i]) expect(rejected).toBe(true);
          });
        },
      ),
      { numRuns: 200, seed: 1 },
    );
  });

  it("refuses a level of 0 or 1", () => {
    expect(() => holmReject([{ p: 0.5, alpha: 0 }])).toThrow(RangeError);
    expect(() => holmReject([{ p: 0.5, alpha: 1 }])).toThrow(RangeError);
  });
});

const probability = fc.double({ min: 0, max: 1, noNaN: true }).map((p) => p ** 3);
