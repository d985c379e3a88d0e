import { compareIngredients, describeChange } from "../../runner/explain-key.ts";
import type { PlanNode } from "../../runner/plan.ts";
import type { JsonObject } from "../../runner/row.ts";
import { compareExams } from "./compare-exams.ts";
import { compareRows } from "./compare-rows.ts";
import type { Compared, Difference, SpecChange } from "./difference.ts";
import type { State } from "./state.ts";

/** Compares two committed states, from their specs, locks and evidence alone. */
export function compareStates(before: State, after: State): Difference {
  const spec = compareSpecs(before, after);
  const rows = compareRows(before, after);
  const exams = compareExams(before, after);
  const resampled = after.plan.nodes.flatMap(({ id }) => (isResampled(before, after, id) ? [id] : []));
  const rules = compareRules(before, after);
  const side = (state: State) => ({
    label: state.label,
    verdict: state.committed?.results.verdict ?? null,
    freshness: state.freshness,
  });
  return {
    name: after.plan.spec.name,
    before: side(before),
    after: side(after),
    spec: spec.changes,
    rows: rows.changes,
    rules,
    exams: exams.changes,
    resampled,
    compared: [...spec.compared, ...rows.compared, ...exams.compared],
  };
}

function compareSpecs(
  before: State,
  after: State,
): { readonly changes: readonly SpecChange[]; readonly compared: readonly Compared[] } {
  const changes: SpecChange[] = [];
  const compared: Compared[] = [];
  const { document } = after.plan.spec;
  const seen = new Set<string>();
  for (const node of after.plan.nodes) {
    const line = document.locate(`/steps/${node.id}`, "key")?.line;
    const other = before.plan.byId.get(node.id) ?? renamed(before, after, node);
    if (other === undefined) {
      changes.push({ step: node.id, text: `new step ${node.id} (${node.definition.name})`, line });
      continue;
    }
    seen.add(other.id);
    if (other.id !== node.id)
      changes.push({ step: node.id, text: `step ${other.id} is called ${node.id} now`, line });
    const own = meaningOf(other, before);
    const now = meaningOf(node, after);
    const differing = compareIngredients(own, now).filter(
      ({ before, after }) => !isDigestPair(before, after),
    );
    for (const change of differing)
      changes.push({
        step: node.id,
        text: describeChange(change, node),
        line:
          document.locate(`/steps/${node.id}${change.pointer.replace(/^\/params/, "")}`, "value")?.line ??
          line,
      });
    compared.push({
      what: `spec of ${node.id}`,
      outcome: differing.length === 0 ? "equal" : "changed",
      why: differing.map((change) => describeChange(change, node)).join("; "),
    });
  }
  for (const node of before.plan.nodes)
    if (!seen.has(node.id)) changes.push({ step: node.id, text: `step ${node.id} is gone`, line: undefined });
  return { changes, compared };
}

/** Parameters with every name replaced by what it stands for, and every reference by its name. */
function meaningOf(node: PlanNode, { plan }: State): JsonObject {
  const params: Record<string, unknown> = { ...node.params };
  const sections: Record<string, ReadonlyMap<string, unknown>> = {
    prompt: plan.spec.prompts,
    grader: plan.spec.graders,
  };
  const meant: Record<string, unknown> = {};
  for (const { keyword, argument, text } of node.fields) {
    if (keyword === "names" && sections[argument ?? ""] !== undefined)
      meant[`${argument} ${text}`] = strip(sections[argument!]!.get(text));
    const reference = keyword === "artifact" ? node.references.get(text) : undefined;
    if (reference?.from === "model") {
      const model = plan.spec.models.get(reference.name);
      const provider = plan.spec.providers.get(model?.provider ?? "");
      meant[`model ${text}`] = {
        ...strip(model),
        provider: { ...strip(provider?.params), type: provider?.type },
      };
    }
  }
  return {
    step: { type: node.definition.name },
    params: JSON.parse(JSON.stringify({ ...params, ...meant })) as JsonObject,
  };
}

function strip(value: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries((value ?? {}) as Record<string, unknown>).filter(
      ([name]) => !["name", "pointer", "range", "api_key_env"].includes(name),
    ),
  );
}

function renamed(before: State, after: State, node: PlanNode): PlanNode | undefined {
  const key = after.committed?.lock.steps.get(node.id)?.key;
  const found = [...(before.committed?.lock.steps ?? [])].find(
    ([id, step]) => step.key === key && !after.plan.byId.has(id),
  );
  return key === undefined || found === undefined ? undefined : before.plan.byId.get(found[0]);
}

function isResampled(before: State, after: State, id: string): boolean {
  const one = before.committed?.lock.steps.get(id);
  const other = after.committed?.lock.steps.get(id);
  return (
    one !== undefined &&
    one.key === other?.key &&
    Object.entries(one.outputs).some(([name, digest]) => other.outputs[name] !== digest)
  );
}

function compareRules(before: State, after: State): Difference["rules"] {
  const selections = (state: State) => state.committed?.results.selections ?? [];
  return selections(after).flatMap((selection) => {
    const other = selections(before).find(({ step }) => step === selection.step);
    if (other === undefined) return [];
    const names = [...new Set([...selection.rules, ...other.rules].map(({ name }) => name))];
    return names.flatMap((rule) => {
      const dropped = (rules: typeof selection.rules) =>
        rules.find(({ name }) => name === rule)?.dropped ?? null;
      const [was, is] = [dropped(other.rules), dropped(selection.rules)];
      return was === is ? [] : [{ step: selection.step, rule, before: was, after: is }];
    });
  });
}

function isDigestPair(before: unknown, after: unknown): boolean {
  return [before, after].every((value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value));
}
