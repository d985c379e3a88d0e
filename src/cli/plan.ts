import { readFileSync } from "node:fs";
import type { StepForecast } from "../runner/forecast.ts";
import type { Plan } from "../runner/plan.ts";
import { printable } from "../runner/sanitize.ts";
import { requireStep, withKept } from "./open-kept.ts";
import type { SpecOptions } from "./open-spec.ts";

/** `distill plan`. */
export async function plan(
  named: string | undefined,
  options: SpecOptions & { json?: boolean; force?: readonly string[] },
): Promise<void> {
  await withKept(named, { ...options, datasetItems: countItems }, ({ plan, steps }) => {
    for (const id of options.force ?? []) requireStep(plan, id);
    process.stdout.write(
      options.json === true ? `${JSON.stringify(asJson(plan, steps))}\n` : formatPlan(plan, steps),
    );
  });
}

function formatPlan(plan: Plan, steps: readonly StepForecast[]): string {
  const width = Math.max(...steps.map((step) => step.id.length));
  const count = (action: StepForecast["action"]) => steps.filter((step) => step.action === action).length;
  const lines = steps.map((step) => {
    const asks = step.action === "reuse" ? "" : describeAsks(step);
    return `  ${step.id.padEnd(width)}  ${verbs[step.action]}  ${printable(step.reason)}${asks === "" ? "" : ` · ${asks}`}`.trimEnd();
  });
  const open = count("open") === 0 ? "" : `, ${count("open")} depend on what comes before`;
  return `${plan.spec.name} · ${steps.length} steps · ${count("run")} to run${open}, ${count("reuse")} kept\n\n${lines.join("\n")}\n`;
}

const verbs = { reuse: "reuse", run: "run  ", open: "maybe" } as const;

function describeAsks(step: StepForecast): string {
  return step.asks.map((ask) => `${ask.answers.toLocaleString("en-US")} answers of ${ask.model}`).join(", ");
}

function asJson(plan: Plan, steps: readonly StepForecast[]): unknown {
  return {
    name: plan.spec.name,
    steps: steps.map(({ id, action, reason, key, asks }) => ({
      id,
      uses: plan.byId.get(id)!.definition.name,
      action,
      reason,
      key: key ?? null,
      asks,
    })),
  };
}

function countItems(plan: Plan, dataset: string): number | undefined {
  const path = plan.files.get(dataset);
  return path === undefined
    ? undefined
    : readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line.trim() !== "").length;
}
