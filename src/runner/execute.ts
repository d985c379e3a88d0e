import { refuseErased } from "./erased-step.ts";
import type { ExecuteOptions } from "./execute-options.ts";
import { tagsParameter } from "./fields.ts";
import { ingredientsOf, keyOf } from "./key.ts";
import type { Lock, LockedStep } from "./lock.ts";
import { DamagedInput, type Models, openModels } from "./models.ts";
import { nameContext } from "./names.ts";
import { isOtherPin, pinOf } from "./pins.ts";
import type { PlanNode } from "./plan.ts";
import { describeError, runStep, type StepRun, tagsDigest, tagsMark, withStepContext } from "./run-step.ts";
import type { Schema } from "./schema.ts";
import { nothing, type StepOutcome } from "./step-outcome.ts";
import type { Manifest } from "./store.ts";

/**
 * Runs a plan: every step as soon as what it needs is done, each at most once, in no other order than the
 * graph's. A step whose key is in the store is not run.
 *
 * @returns one outcome a step, in the order of the plan
 */
export async function executePlan(options: ExecuteOptions): Promise<readonly StepOutcome[]> {
  const { plan, contents, only } = options;
  const models = openModels({ ...options, stop: options.signal, signal: options.hardSignal });
  const nodes = plan.nodes.filter((node) => only === undefined || only.has(node.id));
  const settled = new Map<string, Promise<StepOutcome>>();
  // Two steps with one key are one piece of work.
  const byKey = new Map<string, Promise<unknown>>();

  const settle = (node: PlanNode): Promise<StepOutcome> => {
    const known = settled.get(node.id);
    if (known !== undefined) return known;
    const fresh = settleStep(node, 0).then((outcome) => {
      tell(options, node, outcome);
      return outcome;
    });
    settled.set(node.id, fresh);
    return fresh;
  };

  async function settleStep(node: PlanNode, attempt: number): Promise<StepOutcome> {
    const needs = await Promise.all(node.needs.map((id) => settle(plan.byId.get(id)!)));
    // The number of a look depends on those before it: steps that decide do so in the order of the plan.
    if (node.definition.countsLooks === true)
      for (const other of nodes.slice(0, nodes.indexOf(node)))
        if (other.definition.countsLooks === true) await settle(other);
    const missing = needs.find((need) => need.status !== "ran" && need.status !== "cached");
    if (missing !== undefined) return { ...nothing(node), status: "skipped", message: `needs ${missing.id}` };
    const refusal = node.step.requires.find((id) => contents.manifest(id)?.summary.facts.verdict !== "pass");
    if (refusal !== undefined)
      return { ...nothing(node), status: "skipped", message: `requires a pass of ${refusal}` };

    const ingredients = ingredientsOf(plan, node, contents);
    const key = keyOf(ingredients);
    const opened = options.looks.refusal(node, key);
    if (opened !== undefined)
      return {
        ...nothing(node),
        status: "failed",
        key,
        message: opened,
        hint: "split off rows that nobody has seen, under a new name",
      };
    const others = byKey.get(key) ?? Promise.resolve();
    const work = others.then(() => lookUpOrRun(node, key, ingredients, attempt));
    byKey.set(
      key,
      work.catch(() => undefined),
    );
    const result = await work;
    if (!("damaged" in result)) return result;
    // The step that made it runs again; this one then finds its key anew.
    if (attempt >= 3)
      return {
        ...nothing(node),
        status: "failed",
        message: `what ${result.damaged} gives is damaged again and again`,
      };
    await remake(result.damaged);
    return settleStep(node, attempt + 1);
  }

  async function remake(id: string): Promise<void> {
    const node = plan.byId.get(id)!;
    const before = contents.manifest(id);
    if (before !== undefined) options.store.forget(before.key);
    settled.delete(id);
    await settle(node);
  }

  async function lookUpOrRun(
    node: PlanNode,
    key: string,
    ingredients: Parameters<typeof keyOf>[0],
    attempt: number,
  ): Promise<StepOutcome | { damaged: string }> {
    const refreshed = options.refresh?.has(node.id) === true && attempt === 0;
    const forced = refreshed || (options.force.has(node.id) && attempt === 0);
    const locked = lockedStep(options.lock, key);
    const known = options.store.lookup(key);
    const kept = forced || isOtherPin(node, locked, known) ? undefined : known;
    if (options.frozen && options.lock !== undefined && locked === undefined)
      return {
        ...nothing(node),
        status: "failed",
        key,
        cause: "frozen",
        message: "the lock does not say this of it, and --frozen takes nothing else",
      };
    if (kept !== undefined) {
      contents.done(node.id, kept);
      return (
        (await retag(options, node, kept, models)) ?? {
          ...nothing(node),
          status: "cached",
          key,
          manifest: kept,
        }
      );
    }
    const erased = forced ? undefined : refuseErased(options, node, key);
    if (erased !== undefined) return erased;
    if (options.frozen)
      return {
        ...nothing(node),
        status: "failed",
        key,
        cause: "frozen",
        message: "its output is not in the store, and --frozen runs nothing",
      };
    if (options.signal.aborted)
      return { ...nothing(node), status: "incomplete", key, cause: "interrupted", message: "interrupted" };
    const run: StepRun = {
      ...options,
      node,
      key,
      ingredients,
      models,
      locked,
      // What the lock says was bought is not bought twice in silence.
      mayBuy: !options.bought.has(key) || forced || options.rebuy.has(node.id),
      forced,
      pinned: refreshed ? undefined : pinOf(node, locked, known),
    };
    try {
      return await runStep(run);
    } catch (error) {
      if (error instanceof DamagedInput) return { damaged: error.producer };
      throw error;
    }
  }

  try {
    // A step that was kept may have had to run again for one after it: what counts is how it ended at last.
    for (;;) {
      const last = nodes.map(settle);
      const outcomes = await Promise.all(last);
      if (nodes.every((node, i) => settled.get(node.id) === last[i])) return outcomes;
    }
  } finally {
    await models.close();
  }
}

function lockedStep(lock: Lock | undefined, key: string): LockedStep | undefined {
  // By key, not by name: a renamed step is the same step.
  return [...(lock?.steps.values() ?? [])].find((step) => step.key === key);
}

function tell(options: ExecuteOptions, node: PlanNode, outcome: StepOutcome): void {
  const lines =
    outcome.manifest === undefined
      ? []
      : (node.definition.lines?.(
          outcome.manifest.summary.facts,
          nameContext(options.plan, options.contents, node),
        ) ?? []);
  options.onEvent({
    type: "step-finished",
    id: node.id,
    status: outcome.status,
    seconds: outcome.seconds,
    lines,
    ...(outcome.message === undefined ? {} : { message: outcome.message }),
    ...(outcome.hint === undefined ? {} : { hint: outcome.hint }),
  });
}

// Tags are not part of a key: where only they changed, the completions get the new ones and nothing runs.
async function retag(
  options: ExecuteOptions,
  node: PlanNode,
  kept: Manifest,
  models: Models,
): Promise<StepOutcome | { damaged: string } | undefined> {
  const tags = tagsParameter(node.definition.params as Schema);
  if (tags === undefined || node.definition.retag === undefined || options.frozen) return undefined;
  const digest = tagsDigest(node, tags);
  const mark = tagsMark(options.plan, node, kept.key);
  if (options.store.recall("tags", mark) === digest) return undefined;
  try {
    // What is kept is whole, however little of the rest is asked.
    const whole = { ...options, node, models, mayBuy: false, sample: undefined };
    await withStepContext(whole, async (context) => {
      await node.definition.retag!(context as never);
    });
    options.store.remember("tags", mark, digest);
    return undefined;
  } catch (error) {
    if (error instanceof DamagedInput) return { damaged: error.producer };
    const outcome = describeError(error, { ...options, node });
    if (outcome.cause === undefined && outcome.status === "failed")
      return { ...nothing(node), ...outcome, key: kept.key };
    if (outcome.cause === "fault") return { ...nothing(node), ...outcome, key: kept.key };
    // The output is good all the same; the tags follow when the answers are all there.
    options.onEvent({
      type: "step-warning",
      id: node.id,
      message: `its completions keep their old tags: ${outcome.message}`,
    });
    return undefined;
  }
}
