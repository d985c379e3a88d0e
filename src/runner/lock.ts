import { parse, stringify } from "yaml";
import type { PlanContents } from "./contents.ts";
import { digestJson } from "./key.ts";
import { nameContext } from "./names.ts";
import type { Plan } from "./plan.ts";
import type { Json, JsonObject } from "./row.ts";
import { isObject } from "./spec.ts";

/** One step as the lock records it. */
export interface LockedStep {
  readonly key: string;
  readonly uses: string;
  readonly outputs: { readonly [name: string]: string };
}

/** A lock that was read and fits its own digest. */
export interface Lock {
  readonly text: string;
  readonly steps: ReadonlyMap<string, LockedStep>;
}

/** A lock, or why the file is none. */
export type ReadLock =
  | { readonly state: "good"; readonly lock: Lock }
  | {
      readonly state: "stale";
      readonly reason: string;
      /** Keys of steps that it names all the same. */
      readonly keys: ReadonlySet<string>;
    }
  | { readonly state: "newer"; readonly version: number };

/** The version of the lock's own format. */
const lockVersion = 1;

const heading = "# Written by distill: what ran, by content. Commit it; do not edit it.\n";

/** Writes the lock of a plan whose steps are all done: sorted, one fact a line, nothing of time or place. */
export function formatLock(plan: Plan, contents: PlanContents, verdict: string | null): string {
  const body = {
    name: plan.spec.name,
    sources: Object.fromEntries(
      [...plan.spec.datasets].map(([name, dataset]) => [name, contents.file(dataset.path)] as const),
    ),
    steps: Object.fromEntries(
      plan.nodes.flatMap((node) => {
        const manifest = contents.manifest(node.id);
        return manifest === undefined ? [] : [[node.id, lockStep(plan, contents, node.id)] as const];
      }),
    ),
    verdict,
  };
  return (
    heading +
    stringify(
      { ...body, digest: digestJson(body), lock: lockVersion },
      { sortMapEntries: true, lineWidth: 0 },
    )
  );
}

/** Reads a lock's text and checks it against its own digest. */
export function readLock(text: string): ReadLock {
  let value: Json;
  try {
    // A lock may have come from anywhere: no aliases, no tags.
    value = parse(text, { schema: "core", maxAliasCount: 0 }) as Json;
  } catch {
    return stale(text, "it is not valid YAML (an unresolved merge?)");
  }
  if (!isObject(value) || typeof value.lock !== "number") return stale(text, "it is not a lock");
  if (value.lock > lockVersion) return { state: "newer", version: value.lock };
  const { digest, lock: _, ...body } = value;
  if (digest !== digestJson(body))
    return stale(
      text,
      "its digest does not fit: it was edited, or two locks were merged and nobody ran the result",
    );
  const steps = Object.entries(isObject(body.steps) ? body.steps : {}).map(
    ([id, step]) => [id, step as unknown as LockedStep] as const,
  );
  return { state: "good", lock: { text, steps: new Map(steps) } };
}

function stale(text: string, reason: string): ReadLock {
  return { state: "stale", reason, keys: new Set(text.match(/(?<=\bkey: )[0-9a-f]{64}\b/g)) };
}

/** Keys of steps that a lock names, whatever its state. */
export function keysOfLock(lock: ReadLock | undefined): ReadonlySet<string> {
  if (lock === undefined || lock.state === "newer") return new Set();
  return lock.state === "stale" ? lock.keys : new Set([...lock.lock.steps.values()].map((step) => step.key));
}

function lockStep(plan: Plan, contents: PlanContents, id: string): JsonObject {
  const node = plan.byId.get(id)!;
  const manifest = contents.manifest(id)!;
  const names = nameContext(plan, contents, node);
  const metrics = node.definition.metrics?.(manifest.summary.facts, names) ?? {};
  const resolved = Object.entries(manifest.resolved_models).map(
    ([digest, models]) => [names.name(digest), models.join(", ")] as const,
  );
  return {
    uses: node.definition.name,
    key: manifest.key,
    outputs: Object.fromEntries(
      Object.entries(manifest.outputs).map(([name, output]) => [name, output.digest]),
    ),
    ...rowCounts(manifest.outputs),
    ...(Object.keys(metrics).length === 0
      ? {}
      : {
          metrics: Object.fromEntries(Object.entries(metrics).map(([key, value]) => [key, rounded(value)])),
        }),
    ...(resolved.length === 0 ? {} : { resolved_models: Object.fromEntries(resolved) }),
  };
}

function rowCounts(outputs: { readonly [name: string]: { readonly rows: number | null } }): JsonObject {
  const counts = Object.entries(outputs).flatMap(([name, output]) =>
    output.rows === null ? [] : [[name, output.rows] as const],
  );
  return counts.length === 0 ? {} : { rows: Object.fromEntries(counts) };
}

// Six digits: what a reviewer reads, and the same on every machine.
function rounded(value: number | string | boolean): number | string | boolean {
  return typeof value === "number" ? Number(value.toPrecision(6)) : value;
}
