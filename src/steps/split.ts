import { hash } from "node:crypto";
import type { FromSchema } from "json-schema-to-ts";
import type { JsonObject, Row } from "../runner/row.ts";
import { defineStep, type StepContext } from "../runner/step.ts";
import { canonicalJson } from "../templating/canonical-json.ts";
import { formatCount, formatCounted } from "./format.ts";
import { countRows, findMiscount, listRows } from "./list-rows.ts";
import { type ParamsSchema, seed } from "./params-schema.ts";
import { evaluateOn, rowScope } from "./scope.ts";

const params = {
  type: "object",
  additionalProperties: false,
  required: ["rows", "into"],
  properties: {
    rows: { type: "string", artifact: "rows", description: "The rows to split." },
    into: {
      type: "object",
      minProperties: 1,
      propertyNames: { type: "string", pattern: "^[A-Za-z][A-Za-z0-9_-]*$", maxLength: 64 },
      additionalProperties: { type: "number", exclusiveMinimum: 0, maximum: 1e9 },
      description: "Weight of each split by its name; shares are the weights over their sum.",
    },
    group_by: {
      type: "string",
      minLength: 1,
      value: "rows",
      description:
        "Rows of which this is equal stay together, such as item.customer; by default the item's id.",
    },
    final: {
      type: "array",
      uniqueItems: true,
      items: { type: "string" },
      description:
        "Splits that are opened once: an evaluation on one is refused where another evaluation has seen it.",
    },
    seed,
  },
} as const satisfies ParamsSchema;

/** Splits rows by a hash, so that a row never moves when others come or go. */
export const split = defineStep<FromSchema<typeof params>>({
  name: "split",
  version: 1,
  summary: "Splits rows into named parts by a hash of seed and group; adding rows never moves a row.",
  params,
  outputs: ({ rows, into }) =>
    Object.fromEntries(
      Object.keys(into).map((name) => [
        name,
        { kind: "rows", description: `The rows of ${name}.`, shape: (shapeOf) => shapeOf(rows) },
      ]),
    ),
  check({ params, fault }) {
    for (const [index, name] of (params.final ?? []).entries())
      if (!Object.hasOwn(params.into, name))
        fault(
          `/final/${index}`,
          `there is no split "${name}"`,
          `splits: ${Object.keys(params.into).join(", ")}`,
        );
  },
  async run(context) {
    const { params } = context;
    const names = Object.keys(params.into);
    const groupOf = groupReader(params.group_by, context.evaluator);
    const parts = new Map(
      names.map((name) => [name, { rows: 0, items: new Set<string>(), groups: new Set<string>() }]),
    );
    for await (const row of context.rows(params.rows)) {
      const group = groupOf(row);
      const name = assignSplit({ seed: params.seed ?? 0, weights: params.into, group });
      const part = parts.get(name)!;
      part.rows += 1;
      part.items.add(row.id);
      part.groups.add(group);
      context.output(name).row(row);
    }
    const splits: Record<string, JsonObject> = {};
    for (const [name, part] of parts) {
      if (part.rows === 0) context.warn(`split "${name}" got no row`);
      splits[name] = {
        rows: part.rows,
        items: part.items.size,
        groups: part.groups.size,
        ...(params.final?.includes(name) && { final: true }),
      };
    }
    return { facts: { splits } };
  },
  async *evidence({ output, params, seal }) {
    const lines: JsonObject[] = [];
    for (const part of Object.keys(params.into))
      for await (const row of output(part)) {
        const { id, item } = row as unknown as Row;
        lines.push({ row: seal(id), is: seal(JSON.stringify(item)).slice(0, 8), part });
      }
    yield* listRows(lines);
  },
  contradiction(facts, own) {
    const splits = Object.entries(facts.splits as Record<string, { readonly rows: number }>);
    return findMiscount(
      countRows(own, ({ part }) => String(part)),
      Object.fromEntries(splits.map(([name, { rows }]) => [name, rows])),
    );
  },
  lines(facts) {
    const splits = Object.entries(facts.splits as Record<string, { items: number; final?: true }>);
    const items = splits.reduce((sum, [, part]) => sum + part.items, 0);
    return [
      `${formatCounted(splits.length, "split")} of ${formatCounted(items, "item")}`,
      splits
        .map(([name, part]) => `${name} ${formatCount(part.items)}${part.final ? " (final)" : ""}`)
        .join("   "),
    ];
  },
  metrics(facts) {
    const splits = Object.entries(facts.splits as Record<string, { rows: number; items: number }>);
    return Object.fromEntries(
      splits.flatMap(([name, part]) => [
        [`${name}.rows`, part.rows],
        [`${name}.items`, part.items],
      ]),
    );
  },
});

/**
 * The split of a group: the name with the smallest −ln(u)/weight, where u in (0, 1) is a hash of seed, name and
 * group. Each name wins with probability weight / sum of weights, and a changed weight moves as few groups as can be.
 * Source: weighted rendezvous hashing; Schindelhauer & Schomaker, "Weighted distributed hash tables", SPAA 2005.
 */
export function assignSplit({
  seed,
  weights,
  group,
}: {
  readonly seed: number;
  readonly weights: { readonly [name: string]: number };
  /** Canonical JSON of the group's value. */
  readonly group: string;
}): string {
  let winner = "";
  let best = Number.POSITIVE_INFINITY;
  for (const [name, weight] of Object.entries(weights)) {
    const score = -Math.log(uniform(canonicalJson([seed, name, group]))) / weight;
    if (score < best || (score === best && name < winner)) {
      winner = name;
      best = score;
    }
  }
  return winner;
}

/** A number in (0, 1) from the first 52 bits of a text's sha256. */
function uniform(text: string): number {
  return (Number.parseInt(hash("sha256", text).slice(0, 13), 16) + 0.5) / 2 ** 52;
}

function groupReader(
  groupBy: string | undefined,
  evaluator: StepContext<unknown>["evaluator"],
): (row: Row) => string {
  if (groupBy === undefined) return (row) => canonicalJson(row.id);
  const evaluate = evaluator(groupBy, "value");
  return (row) => canonicalJson(evaluateOn(row, "group_by", () => evaluate(rowScope(row))));
}
