import { hash } from "node:crypto";
import type { Row } from "../runner/row.ts";
import type { StepContext } from "../runner/step.ts";
import { StepFailure } from "../runner/step-failure.ts";
import { canonicalJson } from "../templating/canonical-json.ts";
import type { Scope } from "../templating/template.ts";
import { rowScope, tryEvaluate } from "./scope.ts";

/** One rule as it is written: exactly one of where, dedupe, not_in and limit. */
export interface FilterRule {
  readonly name: string;
  readonly where?: string | undefined;
  readonly dedupe?: "exact" | undefined;
  readonly not_in?: string | undefined;
  readonly limit?: number | undefined;
  /** What dedupe and not_in compare. */
  readonly by?: string | undefined;
}

/** What a rule says of a row: kept, or why it is dropped; `error` where the rule cannot be evaluated on it. */
export type RuleOutcome =
  | { readonly kept: true }
  | { readonly kept: false; readonly reason: string; readonly error: boolean };

/** A rule that is ready: asked once for every row that reaches it, in order. */
export type OpenRule = (row: Row, scope: Scope) => RuleOutcome;

/** What opening a rule needs of a step's context. */
export type RuleContext = Pick<StepContext<unknown>, "rows" | "evaluator">;

/** Makes a rule ready: compiles its texts, and reads the rows that it compares with. */
export async function openRule(rule: FilterRule, context: RuleContext): Promise<OpenRule> {
  if (rule.where !== undefined) return openWhere(rule.name, rule.where, context);
  if (rule.limit !== undefined) return openLimit(rule.limit);
  if (rule.dedupe !== undefined) return openDedupe(rule.by!, context);
  return await openNotIn(rule.name, rule.not_in!, rule.by!, context);
}

const kept: RuleOutcome = { kept: true };

function drop(reason: string): RuleOutcome {
  return { kept: false, reason, error: false };
}

function cannotEvaluate(message: string): RuleOutcome {
  return { kept: false, reason: `cannot be evaluated: ${message}`, error: true };
}

function openWhere(name: string, where: string, { evaluator }: RuleContext): OpenRule {
  const evaluate = evaluator(where, "expression");
  return (row, scope) => {
    const evaluation = tryEvaluate(() => evaluate(scope));
    if (!evaluation.ok) return cannotEvaluate(evaluation.message);
    const { value } = evaluation;
    if (typeof value !== "boolean")
      throw new StepFailure(
        `rule "${name}" must be true or false, and on row "${row.id}" it is ${describe(value)}`,
        "compare it with something, such as >= 0.6",
      );
    return value ? kept : drop("where is false");
  };
}

function openLimit(limit: number): OpenRule {
  const items = new Set<string>();
  return (row) => {
    if (items.has(row.id)) return kept;
    if (items.size >= limit) return drop(`beyond the first ${limit} items`);
    items.add(row.id);
    return kept;
  };
}

function openDedupe(by: string, { evaluator }: RuleContext): OpenRule {
  const evaluate = evaluator(by, "value");
  const first = new Map<string, string>();
  return (row, scope) => {
    const key = tryEvaluate(() => compareKey(evaluate(scope)));
    if (!key.ok) return cannotEvaluate(key.message);
    const earlier = first.get(key.value);
    if (earlier !== undefined) return drop(`equals row "${earlier}"`);
    first.set(key.value, row.id);
    return kept;
  };
}

// A leak that cannot be looked for must not pass as one that is not there.
async function openNotIn(
  name: string,
  notIn: string,
  by: string,
  { rows, evaluator }: RuleContext,
): Promise<OpenRule> {
  const evaluate = evaluator(by, "value");
  const keyOf = (row: Row, scope: Scope) => {
    const key = tryEvaluate(() => compareKey(evaluate(scope)));
    if (key.ok) return key.value;
    throw new StepFailure(
      `rule "${name}" cannot tell whether row "${row.id}" is among the other rows: ${key.message}`,
      `"by" must have a value on every row of both sides`,
    );
  };
  const others = new Map<string, string>();
  for await (const row of rows(notIn)) {
    const key = keyOf(row, rowScope(row));
    if (!others.has(key)) others.set(key, row.id);
  }
  return (row, scope) => {
    const other = others.get(keyOf(row, scope));
    return other === undefined ? kept : drop(`equals row "${other}" of the other rows`);
  };
}

/** Equal for equal values only, and small for large ones. */
function compareKey(value: unknown): string {
  const json = canonicalJson(value);
  return json.length <= 64 ? json : hash("sha256", json, "base64");
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return "null";
  return typeof value === "object"
    ? "an object or array"
    : `the ${typeof value} ${JSON.stringify(String(value))}`;
}
