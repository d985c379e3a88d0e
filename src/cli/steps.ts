import { type Schema, stepProperties } from "../runner/schema.ts";
import { suggest } from "../runner/suggest.ts";
import { exit } from "./exit.ts";
import { registry } from "./registry.ts";
import { Stop } from "./stop.ts";

interface Entry {
  readonly kind: string;
  readonly name: string;
  readonly summary: string;
  readonly schema: Schema;
}

/** `distill steps`. */
export function steps(name: string | undefined, options: { json?: boolean }): void {
  const all = entries();
  const chosen = name === undefined ? all : all.filter((entry) => entry.name === name);
  if (chosen.length === 0) {
    const near = suggest(
      name!,
      all.map((entry) => entry.name),
    );
    throw new Stop(
      exit.usage,
      `nothing is called "${name}"`,
      near === undefined ? `"distill steps" lists all` : `did you mean "${near}"?`,
    );
  }
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(chosen)}\n`);
    return;
  }
  process.stdout.write(name === undefined ? formatList(all) : chosen.map(formatEntry).join("\n"));
}

function entries(): readonly Entry[] {
  const list = (
    kind: string,
    definitions: Iterable<{ name: string; summary: string }>,
    schema: (one: never) => unknown,
  ) =>
    [...definitions].map((one) => ({
      kind,
      name: one.name,
      summary: one.summary,
      schema: schema(one as never) as Schema,
    }));
  return [
    ...list("step", registry.steps.values(), (one: { params: Schema }) => ({
      ...one.params,
      properties: { ...(one.params.properties as Schema), ...stepProperties },
    })),
    ...list("grader", registry.graders.values(), (one: { params: unknown }) => one.params),
    ...list(
      "trainer",
      registry.trainers.values(),
      (one: { hyperparameters: unknown }) => one.hyperparameters,
    ),
    ...list("provider", registry.providers.values(), (one: { params: unknown }) => one.params),
  ];
}

function formatList(all: readonly Entry[]): string {
  const width = Math.max(...all.map((entry) => entry.name.length));
  const kinds = [...new Set(all.map((entry) => entry.kind))];
  return kinds
    .map(
      (kind) =>
        `${kind}s\n${all
          .filter((entry) => entry.kind === kind)
          .map((entry) => `  ${entry.name.padEnd(width)}  ${entry.summary}\n`)
          .join("")}`,
    )
    .join("\n");
}

function formatEntry(entry: Entry): string {
  return `${entry.kind} ${entry.name}: ${entry.summary}\n\n${formatProperties(entry.schema, "  ")}`;
}

function formatProperties(schema: Schema, indent: string): string {
  const required = (schema.required as readonly string[] | undefined) ?? [];
  return Object.entries((schema.properties ?? {}) as Record<string, Schema>)
    .map(([name, property]) => {
      const notes = [
        required.includes(name) ? "required" : undefined,
        property.default === undefined ? undefined : `default ${JSON.stringify(property.default)}`,
        property.enum === undefined ? undefined : (property.enum as unknown[]).join(" | "),
      ].filter((note) => note !== undefined);
      // The keys of an object, or of the objects of a list, such as the rules of a filter.
      const inner = (property.items as Schema | undefined) ?? property;
      return `${indent}${name}${notes.length === 0 ? "" : ` (${notes.join(", ")})`}\n${indent}    ${property.description ?? ""}\n${formatProperties(inner, `${indent}    `)}`;
    })
    .join("");
}
