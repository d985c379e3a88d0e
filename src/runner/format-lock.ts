import { hash } from "node:crypto";
import { stringify } from "yaml";
import type { PlanContents } from "./contents.ts";
import { digestJson } from "./key.ts";
import { lockVersion } from "./lock.ts";
import type { Looks } from "./looks.ts";
import { nameContext } from "./names.ts";
import { pinnedSources } from "./pins.ts";
import type { Plan, PlanNode } from "./plan.ts";
import type { Json, JsonObject } from "./row.ts";
import type { Manifest } from "./store.ts";

const heading = "# Written by distill: what ran, by content. Commit it; do not edit it.\n";

/** What a lock says beside what the plan and its contents do. */
export interface LockFacts {
  readonly verdict: string | null;
  readonly looks: Looks;
  readonly salt: string;
  /** sha256 of the evidence file, and of every step's lines in it. */
  readonly evidence: { readonly digest: string; readonly steps: { readonly [step: string]: string } };
}

/** Writes the lock of a plan whose steps are all done: sorted, one fact a line, nothing of time or place. */
export function formatLock(plan: Plan, contents: PlanContents, facts: LockFacts): string {
  const datasets = new Set([...plan.spec.datasets.values()].map(({ path }) => path));
  return formatBody({
    name: plan.spec.name,
    sources: {
      ...Object.fromEntries(
        [...plan.spec.datasets].map(([name, dataset]) => [name, contents.file(dataset.path)] as const),
      ),
      ...pinnedSources(plan, contents),
    },
    files: Object.fromEntries(
      contents
        .files()
        .filter((path) => !datasets.has(path))
        .map((path) => [path, contents.file(path)]),
    ),
    steps: Object.fromEntries(
      plan.nodes.flatMap((node) => {
        if (contents.manifest(node.id) === undefined) return [];
        const step = lockStep(plan, contents, node, facts.evidence.steps[node.id]);
        return [[node.id, { ...step, check: checkOf(step) }] as const];
      }),
    ),
    looks: Object.fromEntries(facts.looks) as unknown as Json,
    salt: facts.salt,
    evidence: facts.evidence.digest,
    verdict: facts.verdict,
  });
}

/** A lock's body as text, with its digest; what `formatLock` writes and nothing else. */
export function formatBody(body: JsonObject): string {
  return (
    heading +
    stringify(
      { ...body, digest: digestJson(body), lock: lockVersion },
      { sortMapEntries: true, lineWidth: 0 },
    )
  );
}

/** The check of one step: the first 16 digits of the sha256 of all else that the lock says of it. */
export function checkOf(step: JsonObject): string {
  return hash("sha256", digestJson(step)).slice(0, 16);
}

function lockStep(
  plan: Plan,
  contents: PlanContents,
  node: PlanNode,
  evidence: string | undefined,
): JsonObject {
  const manifest = contents.manifest(node.id)!;
  const { facts } = manifest.summary;
  const names = nameContext(plan, contents, node);
  const resolved = Object.entries(manifest.resolved_models).map(
    ([digest, models]) => [names.name(digest), [...models]] as const,
  );
  const rows = Object.entries(manifest.outputs).flatMap(([name, output]) =>
    output.rows === null ? [] : [[name, output.rows] as const],
  );
  return {
    uses: node.definition.name,
    key: manifest.key,
    outputs: Object.fromEntries(
      Object.entries(manifest.outputs).map(([name, output]) => [name, output.digest]),
    ),
    ...(rows.length === 0 ? {} : { rows: Object.fromEntries(rows) }),
    ...(node.definition.recompute === undefined
      ? Object.keys(facts).length === 0
        ? {}
        : { facts }
      : { metrics: lockedMetrics(plan, contents, node, facts) }),
    ...(resolved.length === 0 ? {} : { resolved_models: Object.fromEntries(resolved) }),
    ...firstPaid(manifest),
    ...(evidence === undefined ? {} : { evidence }),
  };
}

// What nobody paid for, or nobody recorded, is left out: neither is a zero.
function firstPaid({ cost_usd, prices_as_of }: Manifest): JsonObject {
  if (cost_usd === null) return {};
  return {
    first_paid_usd: Number(cost_usd.toPrecision(6)),
    ...(prices_as_of === undefined ? {} : { prices_as_of: [...prices_as_of] }),
  };
}

/** A step's figures as the lock writes them: six digits are what a reviewer reads, and the same on every machine. */
export function lockedMetrics(
  plan: Plan,
  contents: PlanContents,
  node: PlanNode,
  facts: JsonObject,
): JsonObject {
  const metrics = node.definition.metrics?.(facts, nameContext(plan, contents, node)) ?? {};
  return Object.fromEntries(
    Object.entries(metrics).map(([key, value]) => [
      key,
      typeof value === "number" ? Number(value.toPrecision(6)) : value,
    ]),
  );
}
