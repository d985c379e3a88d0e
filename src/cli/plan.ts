import { addRanges, exactly } from "../runner/money/range.ts";
import type { Plan } from "../runner/plan.ts";
import { totalUsd } from "./describe-spending.ts";
import { formatPlan } from "./format-plan.ts";
import { requireStep, withKept } from "./open-kept.ts";
import type { SpecOptions } from "./open-spec.ts";
import { tellNotes } from "./tell-notes.ts";
import { countItems, type ToldPlan, tellPlan } from "./tell-plan.ts";

/** Flags of `distill plan`. */
export interface PlanFlags extends SpecOptions {
  /** A revision: what changed since it, instead of what the store lacks. */
  readonly against?: string;
  readonly select?: string;
  readonly force?: readonly string[];
}

/** `distill plan`. */
export async function plan(named: string | undefined, flags: PlanFlags): Promise<void> {
  await withKept(named, { ...flags, datasetItems: countItems }, async (kept) => {
    for (const id of flags.force ?? []) requireStep(kept.plan, id);
    const told = await tellPlan(kept, flags);
    tellNotes(told.notes);
    process.stdout.write(
      flags.json === true ? `${JSON.stringify(asJson(kept.plan, told))}\n` : formatPlan(told),
    );
  });
}

function asJson(plan: Plan, { against, steps, removed, sendings }: ToldPlan): unknown {
  const requests = sendings.map((one) => one.requests).reduce(addRanges, exactly(0));
  return {
    name: plan.spec.name,
    against: against?.rev ?? null,
    commit: against?.commit ?? null,
    steps: steps.map(({ id, action, reason, now, past, causes, asks, kept, erased, seconds }) => ({
      id,
      uses: plan.byId.get(id)!.definition.name,
      action,
      reason,
      was: past === undefined || past.id === id ? null : past.id,
      key: now.settled ? now.key : null,
      causes: causes.map(({ text, pointer, line, change, input }) => ({
        text,
        pointer: pointer ?? null,
        line: line ?? null,
        input: input?.reference ?? null,
        before: change.before ?? null,
        after: change.after ?? null,
      })),
      asks: asks.map(({ model, answers, upTo }) => ({ model, answers: answers ?? null, up_to: upTo })),
      kept,
      erased,
      seconds: seconds ?? null,
    })),
    removed,
    send: {
      requests: requests ?? null,
      models: sendings.map((one) => ({
        model: one.model,
        requests: one.requests ?? null,
        input_tokens: one.inputTokens ?? null,
        output_tokens: one.outputTokens ?? null,
        cost_usd: one.usd ?? null,
        waiting: one.waiting,
        billed: one.billed,
        prices_as_of: one.asOf ?? null,
        known_from: one.basis,
      })),
    },
    spend_usd: totalUsd(sendings) ?? null,
  };
}
