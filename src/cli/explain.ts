import { type Cause, type Explanation, explainStep } from "../runner/explain.ts";
import type { Plan } from "../runner/plan.ts";
import { printable } from "../runner/sanitize.ts";
import { requireStep, withKept } from "./open-kept.ts";
import type { SpecOptions } from "./open-spec.ts";

/** `distill explain`. */
export async function explain(
  step: string,
  options: SpecOptions & { spec?: string; json?: boolean },
): Promise<void> {
  await withKept(options.spec, options, ({ plan, store, steps }) => {
    requireStep(plan, step);
    const explanation = explainStep(plan, store, steps, step);
    process.stdout.write(
      options.json === true ? `${JSON.stringify(explanation)}\n` : formatExplanation(plan, explanation),
    );
  });
}

function formatExplanation(plan: Plan, explanation: Explanation): string {
  const lines = [headline(explanation)];
  if (explanation.causes.length > 0)
    lines.push("", ...explanation.causes.flatMap((cause) => causeLines(plan, cause, "  ")));
  if (explanation.causes.length > 0 && explanation.unchanged.length > 0)
    lines.push(`  ${explanation.unchanged.join(", ")}: unchanged`);
  return `${lines.map(printable).join("\n")}\n`;
}

function headline({ step, state, reason, causes }: Explanation): string {
  switch (state) {
    case "kept":
      return `${step} is kept: nothing it depends on changed since it ran.`;
    case "ran":
      return `${step} ran because ${causes.length === 1 ? "one thing" : `${causes.length} things`} changed; it is kept now.`;
    case "would-run":
      return `${step} would run because ${causes.length === 1 ? "one thing" : `${causes.length} things`} changed.`;
    case "open":
      return `${step} runs if what comes before it changes: ${reason}.`;
    case "first":
      return `${step} would run: ${reason}.`;
  }
}

function causeLines(plan: Plan, cause: Cause, indent: string): readonly string[] {
  const range = cause.pointer === undefined ? undefined : plan.spec.document.locate(cause.pointer, "value");
  const place = range === undefined ? "" : `   ${plan.spec.document.file}:${range.line}`;
  return [
    `${indent}${cause.text}${place}`,
    ...cause.because.flatMap((behind) =>
      causeLines(plan, { ...behind, text: `└─ ${behind.step}: ${behind.text}` }, `${indent}  `),
    ),
  ];
}
