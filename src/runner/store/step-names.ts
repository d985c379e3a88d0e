import type { Runs } from "./runs.ts";

/** By which names steps ran, by key. */
export function namesOfSteps(runs: Runs): ReadonlyMap<string, readonly StepName[]> {
  const names = new Map<string, StepName[]>();
  for (const spec of runs.specs())
    for (const run of runs.of(spec))
      for (const { id, key } of run.steps) {
        if (key === null) continue;
        const known = names.get(key) ?? [];
        names.set(key, known);
        if (!known.some((one) => one.spec === spec && one.step === id)) known.push({ spec, step: id });
      }
  return names;
}

interface StepName {
  readonly spec: string;
  readonly step: string;
}
