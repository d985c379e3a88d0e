import { code, escapeMarkdown, table } from "./markdown.ts";
import type { Results } from "./results.ts";

/** What ran, on what and with whom. Whole digests are in the lock. */
export function formatRecord({ steps, sources, answerers }: Results): string {
  return [
    "## What ran",
    table(
      ["step", "type", "what came of it", "key"],
      steps.map(({ id, uses, told, key }) => [
        escapeMarkdown(id),
        escapeMarkdown(uses),
        told === undefined ? "not done" : escapeMarkdown(told),
        key === undefined ? "–" : code(shorten(key)),
      ]),
    ),
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

/** What is not known, so that nobody takes it for zero. */
export function formatGaps({ exams }: Results): string {
  const unpriced = new Set<string>();
  const unjudged: string[] = [];
  for (const { grader, models } of exams)
    for (const { name, cost, invalid } of models) {
      if (cost.type === "not recorded") unpriced.add(name);
      if (invalid > 0)
        unjudged.push(`${grader} could not judge ${invalid} of ${name}'s answers: they count as not passed`);
    }
  const lines = [...(unpriced.size === 0 ? [] : [`the cost of ${[...unpriced].join(", ")}`]), ...unjudged];
  return lines.length === 0
    ? ""
    : `## Not known\n\n${lines.map((line) => `- ${escapeMarkdown(line)}`).join("\n")}`;
}

function shorten(digest: string): string {
  return digest.slice(0, 12);
}
