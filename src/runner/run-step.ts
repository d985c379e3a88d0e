import type { PlanContents } from "./contents.ts";
import { openPrograms } from "./exec.ts";
import type { ExecuteOptions } from "./execute-options.ts";
import { tagsParameter } from "./fields.ts";
import { digestJson } from "./key.ts";
import type { LockedStep } from "./lock.ts";
import { DamagedInput, type Models } from "./models.ts";
import { OverBudget } from "./money/budget.ts";
import { isOtherPin } from "./pins.ts";
import type { Plan, PlanNode } from "./plan.ts";
import { RequestFailure } from "./provider.ts";
import { WouldBuyAgain } from "./provider-model.ts";
import { flushTags, openPurchase, type Purchase, paidFor, warnOfErased } from "./purchase.ts";
import type { JsonObject } from "./row.ts";
import type { Schema } from "./schema.ts";
import { specName } from "./spec-name.ts";
import type { StepContext } from "./step.ts";
import { StepFailure, StepIncomplete, StepSampled } from "./step-failure.ts";
import { nothing, type StepOutcome } from "./step-outcome.ts";
import { stepContext } from "./step-world.ts";
import type { Lease, Manifest, OutputRecord, Store } from "./store.ts";
import { OutputFile } from "./write-output.ts";

/** One run of one step. */
export interface StepRun extends ExecuteOptions {
  readonly node: PlanNode;
  readonly key: string;
  readonly ingredients: JsonObject;
  readonly models: Models;
  /** What the lock says of this very key. */
  readonly locked: LockedStep | undefined;
  readonly mayBuy: boolean;
  readonly forced: boolean;
  /** What a step that looks at the world must find again; undefined where it looks afresh. */
  readonly pinned: JsonObject | undefined;
}

/**
 * Runs a step and commits what it gave. The one place where a step's errors end.
 *
 * @throws DamagedInput where a step before it has to run again; every other error becomes an outcome
 */
export async function runStep(run: StepRun): Promise<StepOutcome> {
  const { node, key, store, contents } = run;
  const started = performance.now();
  let requests = 0;
  const end = (rest: Partial<StepOutcome>): StepOutcome => ({
    ...nothing(node),
    key,
    seconds: (performance.now() - started) / 1000,
    requests,
    ...rest,
  });
  let lease: Lease | undefined;
  try {
    lease = await waitForLease(run, `step ${key}`);
    // Somebody else may have done it while this one waited.
    const meanwhile = run.forced ? undefined : store.lookup(key);
    if (meanwhile !== undefined && !isOtherPin(node, run.locked, meanwhile)) {
      contents.done(node.id, meanwhile);
      return end({ status: "cached", manifest: meanwhile });
    }
    run.onEvent({ type: "step-started", id: node.id, reason: "" });
    const stage = await store.stage();
    const outputs = new Map<string, OutputFile>();
    try {
      const open = (name: string) => {
        const declaration = node.outputs[name];
        if (declaration === undefined)
          throw new Error(`step type ${node.definition.name} declares no output ${name}`);
        const known = outputs.get(name) ?? new OutputFile(stage.directory, name, declaration.kind);
        outputs.set(name, known);
        return known;
      };
      const done = await withStepContext(
        { ...run, output: open, onRequests: (count) => (requests = count) },
        async (context, purchase) => {
          const summary = await node.definition.run(context);
          return { summary, purchase };
        },
      );
      for (const name of Object.keys(node.outputs)) open(name);
      const records = Object.fromEntries([...outputs].map(([name, file]) => [name, file.finish()]));
      // Its key was computed from what the files were: what was read since may be something else.
      const changed = await contents.changedSince(node);
      if (changed !== undefined)
        throw new StepFailure(`${changed} changed while the run went on`, "run again");
      refuseOtherDigests(run, records);
      const manifest: Manifest = {
        key,
        step: node.definition.name,
        version: node.definition.version,
        ingredients: run.ingredients,
        outputs: records,
        summary: done.summary,
        seconds: (performance.now() - started) / 1000,
        requests,
        cost_usd: paidFor(done.purchase),
        ...(done.purchase.pricesAsOf.size > 0 && { prices_as_of: [...done.purchase.pricesAsOf].sort() }),
        tokens: done.purchase.tokens,
        resolved_models: Object.fromEntries(
          [...done.purchase.resolved].map(([digest, names]) => [digest, [...names].sort()]),
        ),
      };
      warnOfMixedModels(run, manifest);
      await store.commit(manifest, stage, [...done.purchase.answers.keys()]);
      contents.done(node.id, manifest);
      const tags = tagsParameter(node.definition.params as Schema);
      if (tags !== undefined) store.remember("tags", tagsMark(run.plan, node, key), tagsDigest(node, tags));
      return end({ status: "ran", manifest });
    } finally {
      for (const file of outputs.values()) file.close();
      await stage.discard();
    }
  } catch (error) {
    return end(describeError(error, run));
  } finally {
    lease?.release();
  }
}

/** Opens a step's world, lets `work` use it, and keeps the tags of what it asked, whatever comes. */
export async function withStepContext<T>(
  run: {
    readonly plan: StepRun["plan"];
    readonly node: PlanNode;
    readonly store: Store;
    readonly contents: PlanContents;
    readonly models: Models;
    readonly world: StepRun["world"];
    readonly signal: AbortSignal;
    readonly hardSignal: AbortSignal;
    readonly onEvent: ExecuteOptions["onEvent"];
    readonly mayBuy: boolean;
    readonly sample?: number | undefined;
    readonly pinned?: JsonObject | undefined;
    readonly output?: StepContext<unknown>["output"];
    readonly onRequests?: (count: number) => void;
  },
  work: (context: StepContext<never>, purchase: Purchase) => Promise<T>,
): Promise<T> {
  const { node } = run;
  const progress = (done: number, total: number, note?: string) =>
    run.onEvent({ type: "step-progress", id: node.id, done, total, ...(note === undefined ? {} : { note }) });
  const warn = (message: string) => run.onEvent({ type: "step-warning", id: node.id, message });
  const purchase = openPurchase({
    execution: { ...node.execution, sample: run.sample },
    mayBuy: run.mayBuy,
    keepTags: (tags) => run.store.tag(specName(run.plan.spec), node.id, tags),
    warn,
    progress,
  });
  const programs = openPrograms(run.world, run.signal);
  const context = stepContext({
    ...run,
    programs,
    purchase,
    output:
      run.output ??
      (() => {
        throw new Error("nothing is written here");
      }),
    progress,
    warn,
  });
  try {
    return await work(context, purchase);
  } finally {
    programs.clean();
    run.onRequests?.(purchase.requests);
    warnOfErased(purchase);
    flushTags(purchase);
  }
}

async function waitForLease(run: StepRun, name: string): Promise<Lease> {
  for (let waited = false; ; waited = true) {
    const lease = run.store.tryLease(name);
    if (lease !== undefined) return lease;
    if (run.signal.aborted) throw run.signal.reason;
    if (!waited) {
      const pid = run.store.holder(name)?.pid;
      run.onEvent({
        type: "step-warning",
        id: run.node.id,
        message: `another run is doing the same step${pid === undefined ? "" : ` (process ${pid})`}: waiting for it`,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

// The lock is an input too: what it names must come out again, or somebody has to look.
function refuseOtherDigests(run: StepRun, records: { readonly [name: string]: OutputRecord }): void {
  const { id, definition } = run.node;
  if (run.locked === undefined) return;
  if (definition.pinned === true ? run.pinned === undefined : run.forced || run.rebuy.has(id)) return;
  for (const [name, digest] of Object.entries(run.locked.outputs)) {
    const now = records[name]?.digest;
    if (now !== digest)
      throw new StepFailure(
        `the lock says ${name} is ${digest.slice(0, 12)}…, and it came out as ${now?.slice(0, 12) ?? "nothing"}…`,
        definition.pinned === true
          ? `distill store pull brings what was found then; to take what is found now: --refresh ${id}`
          : `the same inputs gave another result here; to accept it: --rebuy ${id}`,
      );
  }
}

function warnOfMixedModels(run: StepRun, manifest: Manifest): void {
  for (const names of Object.values(manifest.resolved_models))
    if (names.length > 1)
      run.onEvent({
        type: "step-warning",
        id: run.node.id,
        message: `answers come from several versions of one model: ${names.join(", ")}`,
      });
}

/** What becomes of a step by an error; the faults of the user are told from ours. */
export function describeError(
  error: unknown,
  run: { readonly node: PlanNode; readonly signal: AbortSignal },
): Partial<StepOutcome> {
  if (error instanceof DamagedInput) throw error;
  if (error instanceof WouldBuyAgain)
    return {
      status: "failed",
      cause: "spending",
      message: `the lock says its answers were bought before, and they are not in this store: model "${error.message}" would be paid again`,
      hint: `distill store pull brings them, or pay again: --rebuy ${run.node.id}`,
    };
  if (error instanceof OverBudget)
    return { status: "incomplete", cause: "spending", message: error.message, hint: error.hint };
  if (error instanceof StepSampled) return { status: "incomplete", cause: "sampled", message: error.message };
  if (run.signal.aborted)
    return { status: "incomplete", cause: "interrupted", message: "interrupted; answers that came are kept" };
  if (error instanceof StepIncomplete)
    return { status: "incomplete", message: error.message, hint: error.hint };
  if (error instanceof StepFailure || error instanceof RequestFailure)
    return { status: "failed", message: error.message, hint: error.hint };
  if (error instanceof Error && userErrors.has(error.name))
    return { status: "failed", message: error.message, hint: (error as { hint?: string }).hint };
  return {
    status: "failed",
    cause: "fault",
    message: error instanceof Error ? error.message : String(error),
    error,
  };
}

// Errors of templates and expressions over rows: the user's to mend, and pure modules know no StepFailure.
const userErrors = new Set(["RenderError", "ExpressionError", "StoreUnavailable"]);

/** Under what the tags of a step's completions are remembered. */
export function tagsMark(plan: Plan, node: PlanNode, key: string): string {
  return `${specName(plan.spec)} ${node.id} ${key}`;
}

/** What a step's tags are, hashed: remembered to notice when only they change. */
export function tagsDigest(node: PlanNode, parameter: string): string {
  return digestJson(node.params[parameter] ?? {});
}
