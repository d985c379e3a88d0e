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
  return `${plan.spec.name} · ${steps.length} steps · ${count("run")} to run${open}, ${count("reuse")} kept\n\n${lines.join("\n")}\n\n${spendingLine(plan, steps)}\n`;
}

/** What a run would send to providers that are not free, at most: answers that are kept are not asked for again. */
function spendingLine(plan: Plan, steps: readonly StepForecast[]): string {
  const asks = steps
    .filter((step) => step.action !== "reuse")
    .flatMap((step) => step.asks.filter((ask) => !isFree(plan, step.id, ask.model)));
  if (asks.length === 0) return "To send: nothing. To spend: nothing.";
  const models = [...new Set(asks.map((ask) => ask.model))].map((model) => {
    const counts = asks.filter((ask) => ask.model === model).map((ask) => ask.answers);
    const sum = counts.reduce<number | undefined>(
      (total, one) => (total === undefined || one === undefined ? undefined : total + one),
      0,
    );
    return sum === undefined ? `an unknown number to ${model}` : `${sum.toLocaleString("en-US")} to ${model}`;
  });
  return `To send: at most ${models.join(", ")}, less what is kept. To spend: not estimated.`;
}

function isFree(plan: Plan, step: string, reference: string): boolean {
  const found = plan.byId.get(step)?.references.get(reference);
  if (found?.from === "model") {
    const provider = plan.spec.providers.get(plan.spec.models.get(found.name)!.provider)!;
    return plan.registry.providers.get(provider.type)!.free;
  }
  if (found?.from !== "step") return true;
  const maker = plan.byId.get(found.id)!;
  // A model that was trained here is not asked for its base.
  return maker.fields
    .filter((field) => field.argument === "model" && field.pointer !== "/base")
    .every((field) => isFree(plan, found.id, field.text));
}

const verbs = { reuse: "reuse", run: "run  ", open: "maybe" } as const;

function describeAsks(step: StepForecast): string {
  const known = step.asks.flatMap(({ answers }) => (answers === undefined ? [] : [answers]));
  if (known.length === 0) return "";
  const sum = known.reduce((total, one) => total + one, 0).toLocaleString("en-US");
  const models = known.length === 1 ? step.asks[0]!.model : `${known.length} models`;
  return `up to ${sum} answers of ${models}`;
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
