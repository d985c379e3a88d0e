import type { PlanContents } from "./contents.ts";
import { evidenceLines, type ReadEvidence } from "./evidence.ts";
import { lockedMetrics } from "./format-lock.ts";
import { graderDigest, ingredientsOf, keyOf, modelDigest } from "./key.ts";
import type { Lock, LockedStep } from "./lock.ts";
import { lineOf } from "./lock-faults.ts";
import { lockedLook } from "./looks.ts";
import { nameContext } from "./names.ts";
import type { Plan, PlanNode } from "./plan.ts";
import type { Json, JsonObject } from "./row.ts";
import { StepFailure } from "./step-failure.ts";
import type { Manifest, OutputRecord } from "./store.ts";

/** Something that spec, lock and evidence do not agree on. */
export interface CommittedFault {
  readonly file: "lock" | "evidence" | "spec";
  /** From 1, in that file. */
  readonly line?: number | undefined;
  readonly step?: string;
  readonly message: string;
}

/** What committed files say, without a store: the same contents that a run would have. */
export interface Committed {
  readonly contents: PlanContents;
  /** Facts that were told again from evidence, and how many figures of them stand in the lock as recomputed. */
  readonly recomputed: readonly { readonly step: string; readonly figures: number }[];
  readonly faults: readonly CommittedFault[];
}

/**
 * Reads spec, lock and evidence as one: every key is computed again from the spec and the digests in the lock, and
 * the facts of every step that can are told again from evidence and compared with the lock's figures.
 */
export function readCommitted(options: {
  readonly plan: Plan;
  readonly lock: Lock;
  readonly evidence: ReadEvidence | undefined;
  /** False where figures are not to be told again. */
  readonly figures?: boolean;
}): Committed {
  const { plan, lock, evidence } = options;
  const faults: CommittedFault[] = [];
  const recomputed: { step: string; figures: number }[] = [];
  const contents = lockedContents(plan, lock);
  for (const node of plan.nodes) {
    const locked = lock.steps.get(node.id);
    if (locked === undefined) {
      if (!isHeldBack(plan, node, contents, lock))
        faults.push({ file: "lock", step: node.id, message: `the lock says nothing of step ${node.id}` });
      continue;
    }
    const at = { file: "lock", line: lineOf(lock.text, `  ${node.id}:`), step: node.id } as const;
    let manifest: Manifest;
    try {
      manifest = toManifest(plan, contents, node, locked);
    } catch {
      faults.push({ ...at, message: `step ${node.id}: a step before it is not in the lock` });
      continue;
    }
    if (keyOf(manifest.ingredients) !== locked.key)
      faults.push({
        ...at,
        message: `step ${node.id} is not the one that ran: the spec, or what comes before it, is another than the lock says`,
      });
    contents.done(node.id, manifest);
    if (node.definition.countsLooks === true && lockedLook(lock.looks, plan, contents, node) === undefined)
      faults.push({
        file: "lock",
        line: lineOf(lock.text, "looks:"),
        step: node.id,
        message: `step ${node.id}: the looks do not name what it decided by`,
      });
    const lines = evidence?.steps.get(node.id);
    const told = lines && node.definition.contradiction?.(manifest.summary.facts, lines);
    if (told !== undefined)
      faults.push({ file: "evidence", step: node.id, message: `step ${node.id}: ${told}` });
    if (node.definition.recompute === undefined) continue;
    if (options.figures === false) {
      contents.leaveOpen(node.id);
      continue;
    }
    try {
      const facts = recompute(node, contents, plan, evidence, manifest.ingredients.look);
      contents.done(node.id, { ...manifest, summary: { facts } });
      const now = lockedMetrics(plan, contents, node, facts);
      if (!holdsAllAnswers(facts, locked))
        throw new StepFailure("it does not hold as many answers as the lock says that there were");
      const differing = differingFigures(locked.metrics ?? {}, now);
      recomputed.push({ step: node.id, figures: Object.keys(now).length });
      for (const { figure, before, after } of differing)
        faults.push({
          file: "lock",
          step: node.id,
          line: lineOfFigure(lock.text, node.id, figure),
          message: `step ${node.id}: ${figure} is ${show(before)} in the lock, and the evidence gives ${show(after)}`,
        });
    } catch (error) {
      contents.leaveOpen(node.id);
      // Lines of any shape may come from anywhere: whatever fails over them is theirs.
      if (!(error instanceof Error)) throw error;
      faults.push({ file: "evidence", step: node.id, message: `step ${node.id}: ${error.message}` });
    }
  }
  for (const id of lock.steps.keys())
    if (!plan.byId.has(id))
      faults.push({
        file: "lock",
        line: lineOf(lock.text, `  ${id}:`),
        step: id,
        message: `the spec has no step ${id}`,
      });
  if (lock.name !== plan.spec.name)
    faults.push({
      file: "lock",
      line: lineOf(lock.text, "name:"),
      message: `the spec is called ${plan.spec.name}`,
    });
  return { contents, recomputed, faults };
}

interface LockedContents extends PlanContents {
  /** Says that a step's facts are not known, although its outputs' digests are. */
  leaveOpen(step: string): void;
}

function lockedContents(plan: Plan, lock: Lock): LockedContents {
  const unknown = new Set<string>();
  const manifests = new Map<string, Manifest>();
  const bySource = new Map([...plan.spec.datasets].map(([name, { path }]) => [path, lock.sources[name]]));
  const file = (path: string) => bySource.get(path) ?? lock.files[path] ?? "";
  const contents: LockedContents = {
    file,
    files: () => [...bySource.keys(), ...Object.keys(lock.files)],
    path: () => {
      throw new Error("committed files hold no content");
    },
    output(step, output) {
      const record = manifests.get(step)?.outputs[output];
      if (record === undefined) throw new Error(`step ${step} has not given ${output}`);
      return record.digest;
    },
    done: (step, manifest) => void manifests.set(step, manifest),
    manifest: (step) => (unknown.has(step) ? undefined : manifests.get(step)),
    leaveOpen: (step) => void unknown.add(step),
    changedSince: async () => undefined,
    look: (node) => lockedLook(lock.looks, plan, contents, node) ?? 1,
  };
  return contents;
}

function toManifest(plan: Plan, contents: PlanContents, node: PlanNode, locked: LockedStep): Manifest {
  const outputs = Object.fromEntries(
    Object.entries(locked.outputs).map(([name, digest]): [string, OutputRecord] => [
      name,
      {
        kind: node.outputs[name]?.kind ?? "file",
        digest,
        bytes: 0,
        rows: locked.rows?.[name] ?? null,
        items: null,
      },
    ]),
  );
  const names = nameContext(plan, contents, node);
  return {
    key: locked.key,
    step: node.definition.name,
    version: node.definition.version,
    ingredients: ingredientsOf(plan, node, contents),
    outputs,
    summary: { facts: locked.facts ?? {} },
    seconds: 0,
    requests: 0,
    cost_usd: locked.first_paid_usd ?? null,
    ...(locked.prices_as_of === undefined ? {} : { prices_as_of: locked.prices_as_of }),
    tokens: null,
    resolved_models: Object.fromEntries(
      Object.entries(locked.resolved_models ?? {}).map(([model, resolved]) => [
        names.digest(model),
        resolved,
      ]),
    ),
  };
}

function recompute(
  node: PlanNode,
  contents: PlanContents,
  plan: Plan,
  evidence: ReadEvidence | undefined,
  look: Json | undefined,
): JsonObject {
  if (evidence === undefined) throw new StepFailure("there is no evidence beside the lock");
  return node.definition.recompute!({
    params: node.params as never,
    digestOf: (kind, reference) =>
      kind === "model"
        ? modelDigest(plan, node, reference, contents)
        : graderDigest(plan, reference, contents),
    own: evidence.steps.get(node.id) ?? [],
    evidenceOf(reference) {
      const found = node.references.get(reference);
      if (found?.from !== "step") throw new StepFailure(`"${reference}" has no evidence`);
      return evidenceLines(evidence, found.id);
    },
    look: typeof look === "number" ? look : 1,
  });
}

function differingFigures(before: JsonObject, after: JsonObject) {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((figure) => before[figure] !== after[figure])
    .map((figure) => ({ figure, before: before[figure], after: after[figure] }));
}

function lineOfFigure(text: string, step: string, figure: string): number | undefined {
  const lines = text.split("\n");
  const start = lines.indexOf(`  ${step}:`);
  const at = lines.findIndex((line, index) => index > start && line.trim().startsWith(`${figure}:`));
  return start < 0 ? undefined : (at < 0 ? start : at) + 1;
}

// An evaluation whose lines were taken out for every model alike would otherwise look whole.
function holdsAllAnswers(facts: JsonObject, locked: LockedStep): boolean {
  const rows = locked.rows?.results;
  const { items, samples, models } = facts;
  if (rows === undefined || typeof items !== "number" || typeof samples !== "number") return true;
  return !Array.isArray(models) || items * samples * models.length === rows;
}

// A step that a verdict holds back is where the run was meant to end.
function isHeldBack(plan: Plan, node: PlanNode, contents: PlanContents, lock: Lock): boolean {
  return (
    node.step.requires.some((id) => {
      const verdict = contents.manifest(id)?.summary.facts.verdict;
      return verdict !== undefined && verdict !== "pass";
    }) || node.needs.some((id) => !lock.steps.has(id) && isHeldBack(plan, plan.byId.get(id)!, contents, lock))
  );
}

function show(value: Json | undefined): string {
  return value === undefined ? "missing" : String(value);
}
