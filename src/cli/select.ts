import type { Plan } from "../runner/plan.ts";
import { suggest } from "../runner/suggest.ts";
import { exit } from "./exit.ts";
import { Stop } from "./stop.ts";

/** What dbt calls the steps that changed themselves. */
const state = "state:modified";

/** True where an expression asks which steps are modified, so that somebody has to find that out. */
export function asksForModified(expression: string): boolean {
  return termsOf(expression).some(({ name }) => name === state);
}

/**
 * The steps that a selection names: steps and `state:modified`, joined by commas; a `+` before one adds what it needs,
 * a `+` after it what follows from it.
 *
 * @throws Stop with a suggestion where no step has that name
 */
export function selectSteps(
  plan: Plan,
  expression: string,
  modified: ReadonlySet<string>,
): ReadonlySet<string> {
  const selected = new Set<string>();
  for (const { name, before, after } of termsOf(expression)) {
    const named = name === state ? modified : new Set([checkName(plan, name)]);
    const all = [
      named,
      ...(before ? [withNeeds(plan, named)] : []),
      ...(after ? [withFollowing(plan, named)] : []),
    ];
    for (const ids of all) for (const id of ids) selected.add(id);
  }
  return selected;
}

/** Steps with all that they need. */
export function withNeeds(plan: Plan, ids: Iterable<string>): ReadonlySet<string> {
  const all = new Set(ids);
  // What is added meanwhile is visited too.
  for (const id of all) for (const need of plan.byId.get(id)!.needs) all.add(need);
  return all;
}

function withFollowing(plan: Plan, ids: Iterable<string>): ReadonlySet<string> {
  const all = new Set(ids);
  for (const { id, needs } of plan.nodes) if (needs.some((need) => all.has(need))) all.add(id);
  return all;
}

function termsOf(expression: string) {
  return expression.split(",").map((term) => {
    const [, before, name, after] = term.trim().match(/^(\+?)([^+]*)(\+?)$/) ?? [];
    if (!name)
      throw new Stop(
        exit.usage,
        `--select takes steps joined by commas, not ${JSON.stringify(expression)}`,
        `such as ${state}+, student+ or +exam`,
      );
    return { name, before: before === "+", after: after === "+" };
  });
}

function checkName(plan: Plan, name: string): string {
  if (plan.byId.has(name)) return name;
  const known = [...plan.byId.keys(), state];
  const near = suggest(name, known);
  throw new Stop(
    exit.usage,
    `--select names no step: "${name}"`,
    near === undefined ? `there are: ${known.join(", ")}` : `did you mean "${near}"?`,
  );
}
