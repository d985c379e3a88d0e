import type { PlanContents } from "../runner/contents.ts";
import { askedModels } from "../runner/money/asked-models.ts";
import { nameContext } from "../runner/names.ts";
import type { Plan, PlanNode } from "../runner/plan.ts";
import { verdictOf } from "../runner/run.ts";
import { isBilled } from "../runner/shop.ts";
import type { CompareFacts } from "../steps/compare.ts";
import { readExams } from "./read-exams.ts";
import type { Answerer, CascadeResults, Results, Selection, StepRecord } from "./results.ts";
import { rowsName } from "./rows-name.ts";

/** Gathers what the done steps of a plan found; what is not done is left out. Runs nothing. */
export function readResults(plan: Plan, contents: PlanContents): Results {
  return {
    name: plan.spec.name,
    description: plan.spec.description,
    verdict: verdictOf(plan, contents),
    exams: readExams(plan, contents),
    looks: readLooks(plan, contents),
    selections: doneBy(plan, contents, "filter").map(({ node, facts }) => ({
      step: node.id,
      ...(facts as unknown as Omit<Selection, "step">),
    })),
    cascades: doneBy(plan, contents, "cascade").map(({ node, facts }) =>
      readCascade(plan, contents, node, facts as unknown as CascadeFacts),
    ),
    steps: plan.nodes.map((node) => recordStep(plan, contents, node)),
    sources: [...plan.spec.datasets].map(([name, { path }]) => ({ name, path, digest: contents.file(path) })),
    answerers: readAnswerers(plan, contents),
  };
}

function doneBy(plan: Plan, contents: PlanContents, uses: string) {
  return plan.nodes.flatMap((node) => {
    const facts = contents.manifest(node.id)?.summary.facts;
    return node.definition.name === uses && facts !== undefined ? [{ node, facts }] : [];
  });
}

function readLooks(plan: Plan, contents: PlanContents): Results["looks"] {
  return doneBy(plan, contents, "compare").map(({ node, facts }) => {
    const { look, gates } = facts as unknown as CompareFacts;
    const levels = gates.flatMap((gate) => ("spent" in gate ? [gate.spent] : []));
    const rows = new Set(
      [...node.references.values()].flatMap((found) =>
        found.from === "step" && found.kind === "results" ? [rowsName(plan.byId.get(found.id)!)] : [],
      ),
    );
    return {
      rows: [...rows].join(", "),
      times: look,
      level: levels.length === 0 ? undefined : Math.min(...levels),
    };
  });
}

interface CascadeFacts extends Omit<CascadeResults, "step" | "rows" | "items"> {
  readonly n: number;
}

function readCascade(
  plan: Plan,
  contents: PlanContents,
  node: PlanNode,
  facts: CascadeFacts,
): CascadeResults {
  const { name } = nameContext(plan, contents, node);
  const { risk, threshold, n, kept, losses, bound, curve, quality } = facts;
  const results = node.references.get(String(node.params.results));
  const evaluation = results?.from === "step" ? plan.byId.get(results.id) : undefined;
  return {
    step: node.id,
    first: name(facts.first),
    fallback: name(facts.fallback),
    rows: evaluation && rowsName(evaluation),
    risk,
    threshold,
    items: n,
    kept,
    losses,
    bound,
    curve,
    quality,
  };
}

function recordStep(plan: Plan, contents: PlanContents, node: PlanNode): StepRecord {
  const manifest = contents.manifest(node.id);
  return {
    id: node.id,
    uses: node.definition.name,
    told:
      manifest &&
      (node.definition.lines?.(manifest.summary.facts, nameContext(plan, contents, node))[0] ?? "done"),
    key: manifest?.key,
    ...(asksBilled(plan, node) && {
      paid: { usd: manifest?.cost_usd ?? undefined, pricesAsOf: manifest?.prices_as_of ?? [] },
    }),
  };
}

function asksBilled(plan: Plan, node: PlanNode): boolean {
  const asked = node.definition.estimate?.({ params: node.params as never, items: () => undefined }) ?? [];
  return asked
    .flatMap(({ model }) => askedModels(plan, node, model))
    .some(({ model }) => {
      const spec = plan.spec.models.get(model)!;
      const provider = plan.spec.providers.get(spec.provider)!;
      return isBilled(plan.registry.providers.get(provider.type)!, provider, spec);
    });
}

function readAnswerers(plan: Plan, contents: PlanContents): readonly Answerer[] {
  const resolved = new Map<string, Set<string>>();
  const used = new Set<string>();
  for (const node of plan.nodes) {
    for (const reference of node.references.values())
      if (reference.from === "model") used.add(reference.name);
    const { name } = nameContext(plan, contents, node);
    for (const [digest, models] of Object.entries(contents.manifest(node.id)?.resolved_models ?? {}))
      for (const model of models)
        resolved.set(name(digest), (resolved.get(name(digest)) ?? new Set()).add(model));
  }
  return [...plan.spec.models]
    .filter(([name]) => used.has(name))
    .map(([name, { provider, model }]) => ({
      name,
      provider: plan.spec.providers.get(provider)?.type ?? provider,
      model,
      resolved: [...(resolved.get(name) ?? [])].sort(),
    }));
}
