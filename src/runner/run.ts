import { existsSync, readFileSync, statSync } from "node:fs";
import { type PlanContents, readContents } from "./contents.ts";
import type { RunEvent, RunResult, StepResult } from "./event.ts";
import { firstSalt, writeEvidence } from "./evidence.ts";
import { executePlan } from "./execute.ts";
import type { ExecuteOptions } from "./execute-options.ts";
import { forecastSteps, type StepForecast } from "./forecast.ts";
import { formatLock } from "./format-lock.ts";
import { keysOfLock, type Lock, looksOfLock, type ReadLock, readLock } from "./lock.ts";
import { type LookBook, openLooks } from "./looks.ts";
import { nameContext } from "./names.ts";
import type { Plan, PlanNode } from "./plan.ts";
import type { JsonObject } from "./row.ts";
import { specName } from "./spec-name.ts";
import type { StepOutcome } from "./step-outcome.ts";
import { writeFileDurably } from "./write-file.ts";

/** A run that ended, in whatever way. */
export interface FinishedRun {
  readonly result: RunResult;
  readonly outcomes: readonly StepOutcome[];
  readonly contents: PlanContents;
  /** The lock's text where all steps are done; undefined where there is none to write. */
  readonly lockText: string | undefined;
  /** True where the lock's file already said the same. */
  readonly lockUnchanged: boolean;
  /** True where the evidence's file already said the same. */
  readonly evidenceUnchanged: boolean;
}

/** Options of a run; see {@link ExecuteOptions}. */
export type RunOptions = Omit<ExecuteOptions, "contents" | "lock" | "bought" | "looks"> & {
  readonly lock: ReadLock | undefined;
};

/** Runs a plan over a store and writes the lock. The caller holds the spec's lease. */
export async function runPlan(options: RunOptions): Promise<FinishedRun> {
  const { plan, store, onEvent } = options;
  const lock = goodLock(options.lock);
  const before = looksOfLock(options.lock);
  const told = await readContents(plan, (path) => store.digestFile(path));
  openLooks({ plan, contents: told, before, store });
  const ahead = forecastSteps({
    plan,
    store,
    lock,
    contents: told,
    force: new Set([...options.force, ...(options.refresh ?? [])]),
  });
  // A fresh one: the forecast has told its own what is kept, and steps must find that out in order.
  const contents = await readContents(plan, (path) => store.digestFile(path));
  const looks = openLooks({ plan, contents, before, store });
  const replays = options.world.exchanges?.mode === "replay";
  onEvent(runStarted(plan, ahead, { only: options.only, needsKeys: !replays }));

  const run = store.startRun(specName(plan.spec));
  let outcomes: readonly StepOutcome[];
  try {
    outcomes = await executePlan({
      ...options,
      contents,
      lock,
      looks,
      // A replay buys nothing, so nothing is bought again.
      bought: replays ? new Set() : keysOfLock(options.lock),
    });
  } finally {
    // What was shown was seen, however the run ends.
    looks.remember();
  }
  store.finishRun(
    run,
    outcomes.map((outcome) => ({ id: outcome.id, key: outcome.key ?? null, status: outcome.status })),
  );

  const verdict = verdictOf(plan, contents, options.only);
  const complete =
    options.only === undefined &&
    outcomes.every(
      (outcome) =>
        outcome.status === "ran" || outcome.status === "cached" || isRequiresSkip(plan, contents, outcome),
    );
  const committed = complete
    ? await writeCommitted({ ...options, contents, looks, verdict, before: options.lock })
    : undefined;

  const result: RunResult = {
    run,
    verdict,
    steps: outcomes.map((outcome) => stepResult(plan, contents, outcome)),
    ...(replays ? { cost_usd: 0 } : spentBy(options.budget)),
    requests: outcomes.reduce((sum, outcome) => sum + outcome.requests, 0),
  };
  onEvent({ type: "run-finished", result });
  return {
    result,
    outcomes,
    contents,
    lockText: committed?.lockText,
    lockUnchanged: committed?.lockUnchanged ?? false,
    evidenceUnchanged: committed?.evidenceUnchanged ?? false,
  };
}

function spentBy({
  spentUsd,
  unknown,
}: RunOptions["budget"]): Pick<RunResult, "cost_usd" | "cost_usd_at_least"> {
  return unknown ? { cost_usd: null, cost_usd_at_least: spentUsd } : { cost_usd: spentUsd };
}

/** Writes evidence and lock of a plan that is done, the lock last; `frozen` writes neither. */
async function writeCommitted(options: {
  readonly plan: Plan;
  readonly store: RunOptions["store"];
  readonly contents: PlanContents;
  readonly looks: LookBook;
  readonly verdict: RunResult["verdict"];
  readonly before: ReadLock | undefined;
  readonly frozen: boolean;
}) {
  const { plan, store, contents, looks, verdict, before, frozen } = options;
  const old = goodLock(before);
  const salt =
    old?.salt ?? (before?.state === "stale" ? before.salt : undefined) ?? firstSalt(plan, contents);
  const path = evidencePath(plan);
  const stands = async (digest: string) => existsSync(path) && (await store.digestFile(path)) === digest;
  // A frozen run takes nobody's word for it.
  const fits =
    !frozen &&
    old !== undefined &&
    old.salt === salt &&
    keepsEvidence(plan, contents, old) &&
    (await stands(old.evidence));
  const evidence = fits
    ? { digest: old.evidence, steps: evidenceDigests(old), text: undefined }
    : await writeEvidence({ plan, contents, store, salt });
  const lockText = formatLock(plan, contents, { verdict, looks: looks.entries(), salt, evidence });
  const evidenceUnchanged = await stands(evidence.digest);
  const lockUnchanged = lockText === textOf(plan);
  if (!frozen && !evidenceUnchanged && evidence.text !== undefined) writeFileDurably(path, evidence.text);
  if (!frozen && !lockUnchanged) writeFileDurably(lockPath(plan), lockText);
  return { lockText, lockUnchanged, evidenceUnchanged };
}

// Evidence follows from keys, outputs and salt: where the lock names the same ones, so does its evidence.
function keepsEvidence(plan: Plan, contents: PlanContents, lock: Lock): boolean {
  const done = plan.nodes.filter((node) => contents.manifest(node.id) !== undefined);
  return (
    lock.name === plan.spec.name &&
    done.length === lock.steps.size &&
    done.every((node) => {
      const manifest = contents.manifest(node.id)!;
      const locked = lock.steps.get(node.id);
      return (
        locked?.key === manifest.key &&
        (node.definition.evidence === undefined) === (locked.evidence === undefined) &&
        Object.entries(manifest.outputs).every(([name, { digest }]) => locked.outputs[name] === digest)
      );
    })
  );
}

/** sha256 of every step's lines of evidence, as a lock names them. */
export function evidenceDigests(lock: Lock): { readonly [step: string]: string } {
  return Object.fromEntries(
    [...lock.steps].flatMap(([id, { evidence }]) => (evidence === undefined ? [] : [[id, evidence]])),
  );
}

/** Where the evidence of a plan stands: beside the spec. */
export function evidencePath(plan: Plan): string {
  return `${plan.spec.file.replace(/\.ya?ml$/i, "")}.evidence.jsonl`;
}

/** Where the lock of a plan stands: beside the spec. */
export function lockPath(plan: Plan): string {
  return `${plan.spec.file.replace(/\.ya?ml$/i, "")}.lock`;
}

/** Reads the lock beside a plan's spec; undefined where there is none. */
export function readLockBeside(plan: Plan): ReadLock | undefined {
  const text = textOf(plan);
  return text === undefined ? undefined : readLock(text);
}

/** The worst verdict of all steps that give one; null where none does or none is done. */
export function verdictOf(
  plan: Plan,
  contents: PlanContents,
  only?: ReadonlySet<string>,
): RunResult["verdict"] {
  const verdicts = plan.nodes
    .filter(
      (node) =>
        (only === undefined || only.has(node.id)) &&
        Object.values(node.outputs).some((output) => output.kind === "verdict"),
    )
    .map((node) => contents.manifest(node.id)?.summary.facts.verdict);
  if (verdicts.includes("fail")) return "fail";
  if (verdicts.includes("undecided")) return "undecided";
  return verdicts.length > 0 && verdicts.every((verdict) => verdict === "pass") ? "pass" : null;
}

function textOf(plan: Plan): string | undefined {
  const path = lockPath(plan);
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
    ? readFileSync(path, "utf8")
    : undefined;
}

// A step that a failed gate holds back is where the run was meant to end.
function isRequiresSkip(plan: Plan, contents: PlanContents, outcome: StepOutcome): boolean {
  const held = (node: PlanNode): boolean =>
    node.step.requires.some(
      (id) => contents.manifest(id) !== undefined && contents.manifest(id)?.summary.facts.verdict !== "pass",
    ) || node.needs.some((id) => contents.manifest(id) === undefined && held(plan.byId.get(id)!));
  return outcome.status === "skipped" && held(plan.byId.get(outcome.id)!);
}

function runStarted(
  plan: Plan,
  ahead: readonly StepForecast[],
  { only, needsKeys }: { readonly only: ReadonlySet<string> | undefined; readonly needsKeys: boolean },
): RunEvent {
  const steps = ahead.filter((step) => only === undefined || only.has(step.id));
  const open = steps.filter((step) => step.action !== "reuse");
  const providers = open
    .flatMap((step) => providersOf(plan, plan.byId.get(step.id)!))
    .flatMap((provider) => {
      const key = plan.spec.providers.get(provider)?.params.api_key_env;
      return typeof key === "string" ? [key] : [];
    });
  return {
    type: "run-started",
    spec: plan.spec.name,
    steps: steps.map((step) => ({
      id: step.id,
      uses: plan.byId.get(step.id)!.definition.name,
      cached: step.action === "reuse",
    })),
    keysNeeded: needsKeys ? [...new Set(providers)] : [],
  };
}

/** Names of the providers that a step asks, for answers or for completions that they keep. */
function providersOf(plan: Plan, { fields, references }: PlanNode): readonly string[] {
  return [
    ...[...references.values()].flatMap((reference) => {
      const model = reference.from === "model" ? plan.spec.models.get(reference.name) : undefined;
      return model === undefined ? [] : [model.provider];
    }),
    ...fields.flatMap(({ keyword, argument, text }) =>
      keyword === "names" && argument === "provider" ? [text] : [],
    ),
  ];
}

function stepResult(plan: Plan, contents: PlanContents, outcome: StepOutcome): StepResult {
  const node = plan.byId.get(outcome.id)!;
  const manifest = outcome.manifest;
  const main = Object.keys(node.outputs).find((name) => node.outputs[name]?.main === true);
  return {
    id: outcome.id,
    uses: node.definition.name,
    status: outcome.status,
    seconds: Number(outcome.seconds.toFixed(3)),
    rows: (main === undefined ? undefined : manifest?.outputs[main]?.rows) ?? null,
    cost_usd: manifest?.cost_usd ?? null,
    metrics: (manifest === undefined
      ? {}
      : {
          ...node.definition.metrics?.(manifest.summary.facts, nameContext(plan, contents, node)),
        }) as JsonObject,
  };
}

/** For callers that only need a good lock. */
export function goodLock(lock: ReadLock | undefined): Lock | undefined {
  return lock?.state === "good" ? lock.lock : undefined;
}
