import { formatUsd } from "../runner/money/format-usd.ts";
import { code, escapeMarkdown, table } from "./markdown.ts";
import type { Results, StepRecord } from "./results.ts";

/** What ran, on what and with whom. Whole digests are in the lock. */
export function formatRecord({ steps, sources, answerers }: Results): string {
  const isPaid = steps.some(({ paid }) => paid !== undefined);
  return [
    "## What ran",
    table(
      ["step", "type", "what came of it", ...(isPaid ? ["first paid"] : []), "key"],
      steps.map(({ id, uses, told, key, paid }) => [
        escapeMarkdown(id),
        escapeMarkdown(uses),
        told === undefined ? "not done" : escapeMarkdown(told),
        ...(isPaid ? [told === undefined ? "–" : formatPaid(paid)] : []),
        key === undefined ? "–" : code(shorten(key)),
      ]),
    ),
    ...(isPaid ? [escapeMarkdown(describePrices(steps))] : []),
    ...(sources.length === 0
      ? []
      : [
          table(
            ["dataset", "file", "sha256"],
            sources.map(({ name, path, digest }) => [
              escapeMarkdown(name),
              code(path),
              code(shorten(digest)),
            ]),
          ),
        ]),
    ...(answerers.length === 0
      ? []
      : [
          table(
            ["model", "provider", "name there", "answered as"],
            answerers.map(({ name, provider, model, resolved }) => [
              escapeMarkdown(name),
              escapeMarkdown(provider),
              code(model),
              resolved.length === 0 ? "not recorded" : resolved.map(code).join(", "),
            ]),
          ),
        ]),
  ].join("\n\n");
}

function formatPaid(paid: StepRecord["paid"]): string {
  if (paid === undefined) return "–";
  return paid.usd === undefined ? "not recorded" : formatUsd(paid.usd);
}

function describePrices(steps: readonly StepRecord[]): string {
  const days = [...new Set(steps.flatMap(({ paid }) => paid?.pricesAsOf ?? []))].sort();
  const prices = days.length === 0 ? "" : `, by prices of ${days.join(" and ")}`;
  return `First paid is what a step's answers cost when they were bought, whoever bought them${prices}; steps that share answers each name them.`;
}

/** What is not known, so that nobody takes it for zero, and how to come to know it. */
export function formatGaps({ exams, steps }: Results): string {
  const unpriced = new Set<string>();
  const unkept = new Map<string, Set<string>>();
  const unjudged: string[] = [];
  for (const { grader, models } of exams)
    for (const { name, cost, invalid } of models) {
      if (cost.type === "not recorded") unpriced.add(name);
      if (cost.type === "not in the evidence")
        unkept.set(cost.step, (unkept.get(cost.step) ?? new Set()).add(name));
      if (invalid > 0)
        unjudged.push(`${grader} could not judge ${invalid} of ${name}'s answers: they count as not passed`);
    }
  const lines = [
    ...(unpriced.size === 0 ? [] : [`the cost of ${[...unpriced].join(", ")}`]),
    ...[...unkept].flatMap(([step, models]) => describeUnkept(step, [...models], steps)),
    ...unjudged,
  ];
  return lines.length === 0
    ? ""
    : `## Not known\n\n${lines.map((line) => `- ${escapeMarkdown(line)}`).join("\n")}`;
}

/** What an evaluation keeps nothing of; nothing where first paid tells it of the only model. */
function describeUnkept(
  step: string,
  models: readonly string[],
  steps: readonly StepRecord[],
): readonly string[] {
  const isPaidKnown = steps.find(({ id }) => id === step)?.paid?.usd !== undefined;
  if (isPaidKnown && models.length === 1) return [];
  const lacking = isPaidKnown
    ? `how what was first paid for ${step} divides among ${models.join(", ")}`
    : `the cost of ${models.join(", ")}`;
  return [`${lacking}: usage: true in ${step} keeps it with the evidence`];
}

function shorten(digest: string): string {
  return digest.slice(0, 12);
}
