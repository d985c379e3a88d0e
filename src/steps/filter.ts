import type { FromSchema } from "json-schema-to-ts";
import type { ReportFault } from "../runner/report-fault.ts";
import type { JsonObject, Row } from "../runner/row.ts";
import { defineStep } from "../runner/step.ts";
import { StepFailure } from "../runner/step-failure.ts";
import { countAgreement, mentionsAgreement } from "./agreement.ts";
import { type FilterRule, openRule, type RuleOutcome } from "./filter-rule.ts";
import { formatCount } from "./format.ts";
import { countRows, findMiscount, listRows } from "./list-rows.ts";
import type { ParamsSchema } from "./params-schema.ts";
import { rowScope } from "./scope.ts";

const params = {
  type: "object",
  additionalProperties: false,
  required: ["rows", "rules"],
  properties: {
    rows: { type: "string", artifact: "rows", description: "The rows to choose from." },
    rules: {
      type: "array",
      minItems: 1,
      description:
        "Rules in the order in which they are applied; a row that one drops reaches no later rule.",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name"],
        properties: {
          name: {
            type: "string",
            pattern: "^[A-Za-z][A-Za-z0-9_-]*$",
            maxLength: 64,
            description: "Name of the rule, for counts and dropped rows.",
          },
          where: {
            type: "string",
            minLength: 1,
            expression: "rows",
            returns: "bool",
            description:
              "Keeps the rows for which this CEL expression is true, such as sample.finish_reason == 'stop'.",
          },
          dedupe: { enum: ["exact"], description: "Keeps the first row of those with equal `by`." },
          not_in: {
            type: "string",
            artifact: "rows",
            description: "Drops the rows whose `by` also occurs in these rows, such as a test split.",
          },
          limit: { type: "integer", minimum: 1, description: "Keeps the rows of the first so many items." },
          by: {
            type: "string",
            minLength: 1,
            value: "rows",
            description: "What dedupe and not_in compare, such as item.text; equal as canonical JSON.",
          },
        },
      },
    },
    allow_empty: { type: "boolean", default: false, description: "Does not fail where no row is kept." },
  },
} as const satisfies ParamsSchema;

/** Keeps the rows that pass every rule, and the others with the rule that dropped them. */
export const filter = defineStep<FromSchema<typeof params>>({
  name: "filter",
  version: 1,
  summary:
    "Keeps the rows that pass named rules, in their order; dropped rows are kept apart with the reason.",
  params,
  outputs: ({ rows }) => ({
    kept: {
      kind: "rows",
      main: true,
      description: "Rows that pass every rule.",
      shape: (shapeOf) => shapeOf(rows),
    },
    dropped: {
      kind: "rows",
      description: "The other rows, each with `dropped: { rule, reason }`.",
      shape: (shapeOf) => shapeOf(rows),
    },
  }),
  check({ params, fault }) {
    const names = new Set<string>();
    for (const [index, rule] of params.rules.entries()) {
      if (names.has(rule.name))
        fault(`/rules/${index}/name`, `another rule is called "${rule.name}" already`);
      names.add(rule.name);
      checkRule(rule, `/rules/${index}`, fault);
    }
  },
  async run(context) {
    const { params } = context;
    const rules = await Promise.all(params.rules.map((rule) => openRule(rule, context)));
    const needsAgreement = params.rules.some(
      ({ where, by }) => mentionsAgreement(where) || mentionsAgreement(by),
    );
    const agreementOf = needsAgreement ? await countAgreement(context.rows(params.rows)) : () => undefined;
    const kept = context.output("kept");
    const dropped = context.output("dropped");
    const tallies = params.rules.map(() => ({ reached: 0, dropped: 0, errors: 0, firstError: "" }));
    let rowsIn = 0;
    let rowsKept = 0;
    const itemsKept = new Set<string>();

    nextRow: for await (const row of context.rows(params.rows)) {
      rowsIn += 1;
      const scope = rowScope(row, agreementOf(row));
      for (const [index, rule] of rules.entries()) {
        const tally = tallies[index]!;
        tally.reached += 1;
        const outcome: RuleOutcome = rule(row, scope);
        if (outcome.kept) continue;
        tally.dropped += 1;
        if (outcome.error) tally.firstError ||= `row "${row.id}" ${outcome.reason}`;
        if (outcome.error) tally.errors += 1;
        dropped.row({ ...row, dropped: { rule: params.rules[index]!.name, reason: outcome.reason } });
        continue nextRow;
      }
      rowsKept += 1;
      itemsKept.add(row.id);
      kept.row(row);
    }

    const counts = params.rules.map(({ name }, index) => {
      const { reached, dropped, errors, firstError } = tallies[index]!;
      if (reached > 0 && errors === reached)
        throw new StepFailure(
          `rule "${name}" could be evaluated on none of ${formatCount(reached)} rows: ${firstError}`,
        );
      if (errors > 0)
        context.warn(
          `rule "${name}" dropped ${formatCount(errors)} of ${formatCount(reached)} rows on which it cannot be evaluated`,
        );
      return { name, dropped, errors };
    });
    if (rowsKept === 0 && !params.allow_empty)
      throw new StepFailure(
        `none of ${formatCount(rowsIn)} rows was kept (${counts.map(({ name, dropped }) => `${name} −${formatCount(dropped)}`).join(", ")})`,
        "loosen a rule, or say allow_empty: true",
      );
    return { facts: { rows: rowsIn, kept: rowsKept, items: itemsKept.size, rules: counts } };
  },
  async *evidence({ output, seal }) {
    const lines: JsonObject[] = [];
    for (const part of ["kept", "dropped"] as const)
      for await (const value of output(part)) {
        const { id, item, sample, dropped } = value as unknown as Row & {
          readonly dropped?: { readonly rule: string };
        };
        lines.push({
          row: seal(`${id}#${sample?.index ?? 0}`),
          is: seal(JSON.stringify([item, sample?.output_text ?? null])).slice(0, 8),
          rule: dropped?.rule ?? null,
        });
      }
    yield* listRows(lines);
  },
  contradiction(facts, own) {
    const counts = countRows(own, ({ rule }) => (typeof rule === "string" ? `rule ${rule}` : "kept"));
    const rules = facts.rules as readonly { readonly name: string; readonly dropped: number }[];
    return findMiscount(counts, {
      kept: facts.kept as number,
      ...Object.fromEntries(rules.map(({ name, dropped }) => [`rule ${name}`, dropped])),
    });
  },
  lines(facts) {
    const rules = facts.rules as readonly { readonly name: string; readonly dropped: number }[];
    const width = Math.max(...rules.map(({ name }) => name.length));
    const cells = rules.map(
      ({ name, dropped }) => `${name.padEnd(width)}  ${`−${formatCount(dropped)}`.padStart(7)}`,
    );
    const lines = [`${formatCount(facts.kept as number)} of ${formatCount(facts.rows as number)} rows kept`];
    for (let index = 0; index < cells.length; index += 2)
      lines.push(cells.slice(index, index + 2).join("    "));
    return lines;
  },
  metrics: (facts) => ({
    rows: facts.rows as number,
    kept: facts.kept as number,
    ...Object.fromEntries(
      (facts.rules as readonly { readonly name: string; readonly dropped: number }[]).map(
        ({ name, dropped }) => [`dropped.${name}`, dropped],
      ),
    ),
  }),
});

const actions = ["where", "dedupe", "not_in", "limit"] as const;

function checkRule(rule: FilterRule, pointer: string, fault: ReportFault): void {
  const given = actions.filter((action) => rule[action] !== undefined);
  if (given.length === 0)
    fault(pointer, `rule "${rule.name}" does nothing`, `give one of ${actions.join(", ")}`);
  for (const extra of given.slice(1))
    fault(`${pointer}/${extra}`, `rule "${rule.name}" has ${given[0]} already`, "write one rule for each");
  const compares = rule.dedupe !== undefined || rule.not_in !== undefined;
  if (compares && rule.by === undefined)
    fault(pointer, `rule "${rule.name}" has no "by"`, "say what is compared, such as by: item.text");
  if (!compares && given.length > 0 && rule.by !== undefined)
    fault(`${pointer}/by`, `"by" says nothing beside ${given[0]}`, "it belongs to dedupe and not_in");
}
