import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { acceptedCounts, type Finding, type Simulation } from "../../bench/simulations/finding.ts";
import { renderPage } from "../../bench/simulations/page.ts";
import { simulations } from "../../bench/simulations/simulations.ts";

// Of what is promised exactly, one row in 10,000 ends up beyond on a side.
const MISS = 0.0001;

describe("in 2,000 simulated experiments each", () => {
  it.each(simulations.map((simulation) => [simulation.title, simulation] as const))(
    "%s: what is promised is kept",
    (_, simulation) => {
      for (const finding of run(simulation)) {
        const { low, high } = acceptedCounts(finding, MISS);
        const row = `${finding.of}, ${finding.setting}`;
        expect(finding.experiments, row).toBe(2000);
        expect(finding.happened, row).toBeGreaterThanOrEqual(low);
        expect(finding.happened, row).toBeLessThanOrEqual(high);
      }
    },
    240_000,
  );

  it("what is done without the methods goes wrong by far", () => {
    const shown = simulations.flatMap(run).filter(({ promised }) => promised === null);
    const rate = (of: string, setting: RegExp) => {
      const [only, ...others] = shown.filter((one) => one.of === of && setting.test(one.setting));
      expect(others, `${of} ${setting}`).toEqual([]);
      return only!.happened / only!.experiments;
    };
    expect(rate("pairedPermutation", /groups ignored/)).toBeGreaterThan(0.2);
    expect(rate("clusterBootstrap", /groups ignored/)).toBeLessThan(0.85);
    expect(rate("spentAlpha", /as if it were the only one/)).toBeGreaterThan(0.1);
    expect(rate("mcnemarExactBetter", /after every 50/)).toBeGreaterThan(0.1);
    expect(rate("notWorseThan", /after every 50/)).toBeGreaterThan(0.1);
    expect(rate("holm", /not adjusted/)).toBeGreaterThan(0.1);
    expect(rate("fixedSequenceThreshold", /fare alike/)).toBeLessThan(0.9);
    expect(rate("fixedSequenceThreshold", /losses seen/)).toBeLessThan(0.7);
  }, 240_000);

  it("docs/statistics.md is what `node bench/statistics.ts` writes", () => {
    const page = readFileSync(new URL("../../docs/statistics.md", import.meta.url), "utf8");
    expect(page).toBe(renderPage(simulations.flatMap(run)));
  }, 240_000);
});

describe("acceptedCounts", () => {
  it("holds a promise against the exact binomial, on the side where it can be broken", () => {
    const finding = { of: "", setting: "", measure: "power", happened: 0, experiments: 2000 } as const;
    const accepted = (promised: Finding["promised"]) => acceptedCounts({ ...finding, promised }, 0.0001);
    // scipy 1.17.1, binom.ppf([.0001, .9999], 2000, [.05, .95]).
    expect(accepted({ is: "at most", rate: 0.05 })).toEqual({ low: 0, high: 138 });
    expect(accepted({ is: "at least", rate: 0.95 })).toEqual({ low: 1862, high: 2000 });
    expect(accepted({ is: "equal to", rate: 0.05 })).toEqual({ low: 66, high: 138 });
    expect(accepted(null)).toEqual({ low: 0, high: 2000 });
  });
});

const found = new Map<Simulation, readonly Finding[]>();

/** A simulation is run once, whichever test asks first. */
function run(simulation: Simulation): readonly Finding[] {
  const findings = found.get(simulation) ?? simulation.run();
  found.set(simulation, findings);
  return findings;
}
