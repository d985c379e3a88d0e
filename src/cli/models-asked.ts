import type { StepForecast } from "../runner/forecast.ts";
import type { Plan } from "../runner/plan.ts";

/** Names of the spec's models that steps would ask, or may ask, if they were run now. */
export function modelsAsked(plan: Plan, steps: readonly StepForecast[]): ReadonlySet<string> {
  const asked = new Set<string>();
  for (const { id, action, asks } of steps)
    if (action !== "reuse")
      for (const { model, answers } of asks)
        if (answers !== 0) for (const name of standsOn(plan, id, model)) asked.add(name);
  return asked;
}

/** The spec's models behind a reference: itself, or those that a cascade hands on to. */
function standsOn(plan: Plan, step: string, reference: string): readonly string[] {
  const found = plan.byId.get(step)?.references.get(reference);
  if (found?.from === "model") return [found.name];
  if (found?.from !== "step") return [];
  // A model that was trained here is not asked for its base.
  return plan.byId
    .get(found.id)!
    .fields.filter(({ argument, pointer }) => argument === "model" && pointer !== "/base")
    .flatMap(({ text }) => standsOn(plan, found.id, text));
}
