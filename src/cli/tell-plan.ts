import { readFileSync } from "node:fs";
import { type ComparedStep, modifiedSteps } from "../runner/compare-plans.ts";
import { type Asks, estimateAsks } from "../runner/estimate-asks.ts";
import type { Plan } from "../runner/plan.ts";
import type { Trace } from "../runner/trace-keys.ts";
import { compareRevision } from "./compare-revision.ts";
import { findAgainst } from "./find-against.ts";
import { readLfsPointer } from "./lfs-pointer.ts";
import type { Sending } from "./model-book.ts";
import type { KeptPlan } from "./open-kept.ts";
import { askingStep, planSending } from "./plan-sending.ts";
import { asksForModified, selectSteps } from "./select.ts";

/** A step as the plan tells it. */
export interface PlannedStep extends ComparedStep {
  readonly asks: readonly Asks[];
  /** True where this store keeps what the step would give: then nothing is asked. */
  readonly kept: boolean;
  /** True where its output was erased, so that a run refuses it. */
  readonly erased: boolean;
  /** Seconds that it took when it ran last; undefined where that is not known. */
  readonly seconds: number | undefined;
}

/** Everything that a plan tells. */
export interface ToldPlan {
  readonly against: { readonly rev: string; readonly commit: string } | undefined;
  readonly steps: readonly PlannedStep[];
  readonly removed: readonly string[];
  readonly sendings: readonly Sending[];
  /** What a reader should know of how this was found, each as a sentence. */
  readonly notes: readonly string[];
}

/**
 * Tells a plan: by what the store keeps, or, where a revision is named or what is modified is selected, by what changed
 * since then.
 *
 * @throws Stop where git knows no such revision, or a selection names no step
 */
export async function tellPlan(
  kept: KeptPlan,
  options: {
    readonly set?: readonly string[] | undefined;
    readonly against?: string | undefined;
    readonly select?: string | undefined;
    readonly force?: readonly string[] | undefined;
  },
): Promise<ToldPlan> {
  const { plan, store } = kept;
  const { select } = options;
  const compares = options.against !== undefined || (select !== undefined && asksForModified(select));
  const compared = compares
    ? await compareRevision({
        plan,
        store,
        rev: await findAgainst(plan.spec.root, options.against),
        set: options.set,
      })
    : undefined;
  const now: Trace = compared?.now ?? new Map(kept.steps.map((step) => [step.id, step.now]));
  const all = compared?.steps ?? kept.steps;
  const selected =
    select === undefined ? undefined : selectSteps(plan, select, modifiedSteps(compared?.steps ?? []));
  const datasetItems = (name: string) => countItems(plan, name);
  const erased = new Map(kept.steps.filter((step) => step.erased).map((step) => [step.id, step.reason]));
  const steps = all
    .filter(({ id }) => selected?.has(id) !== false)
    .map((step): PlannedStep => {
      const isForced = options.force?.includes(step.id) === true;
      return {
        ...step,
        reason: erased.get(step.id) ?? step.reason,
        erased: erased.has(step.id),
        asks:
          step.action === "reuse" || erased.has(step.id)
            ? []
            : estimateAsks({ plan, now, step, datasetItems }),
        kept: step.now.settled && !isForced && store?.lookup(step.now.key) !== undefined,
        // A manifest that a lock stands for knows of no time.
        seconds: step.past?.manifest?.seconds || undefined,
      };
    });
  const asking = steps
    .filter(({ action, kept, erased }) => action !== "reuse" && !kept && !erased)
    .map(askingStep);
  return {
    against: compared,
    steps,
    removed: selected === undefined ? (compared?.removed ?? []) : [],
    sendings: await planSending({ plan, now, store, contents: kept.contents, steps: asking }),
    notes: compared?.notes ?? [],
  };
}

/** Items of a dataset; undefined where its file is not here. */
export function countItems(plan: Plan, dataset: string): number | undefined {
  const path = plan.files.get(dataset);
  if (path === undefined || readLfsPointer(path) !== undefined) return undefined;
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "").length;
}
