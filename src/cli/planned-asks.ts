import type { Ask, Model } from "../runner/asking.ts";
import type { Range } from "../runner/money/range.ts";
import { openPrompt } from "../runner/open-prompt.ts";
import type { Plan, PlanNode } from "../runner/plan.ts";
import type { StepContext } from "../runner/step.ts";
import { StepFailure } from "../runner/step-failure.ts";
import { prepareItems, questionsOf } from "../steps/prepare-items.ts";
import type { FoundRows } from "./find-rows.ts";

/** The questions that a step would ask each of its models. */
export interface PlannedAsks {
  /** True where these are the very ones. */
  readonly exact: boolean;
  /** How many there will be. */
  readonly count: Range;
  /** How many `read` gives. */
  readonly here: number;
  read(): AsyncIterable<Ask>;
}

/** Renders the questions of a step over rows; undefined where that takes what only a run can give. */
export async function plannedAsks(
  plan: Plan,
  node: PlanNode,
  rows: FoundRows,
): Promise<PlannedAsks | undefined> {
  const { params } = node;
  if (typeof params.prompt !== "string") return undefined;
  const samples = typeof params.samples === "number" ? params.samples : 1;
  const limit = rows.exact && typeof params.limit === "number" ? params.limit : undefined;
  const context = {
    params: { ...params, limit },
    rows: rows.read,
    prompt: (name: string) => openPrompt(plan, node, name),
  } as unknown as StepContext<{ readonly rows: string; readonly prompt: string }>;
  try {
    const items = await prepareItems(context);
    const here = items.count * samples;
    const most = rows.exact || typeof params.limit !== "number" ? here : params.limit * samples;
    return {
      exact: rows.exact,
      here,
      count: {
        low: Math.min(most, Math.floor(here * rows.share.low)),
        high: Math.min(most, Math.ceil(here * rows.share.high)),
      },
      async *read() {
        for await (const { ask } of questionsOf([nobody], items, { samples }).of(nobody)) yield ask;
      },
    };
  } catch (error) {
    // What a prompt lacks in these rows, the rows to come may have; and what is wrong with them, the run tells.
    if (error instanceof StepFailure) return undefined;
    throw error;
  }
}

const nobody: Model = {
  name: "",
  digest: "",
  free: true,
  kept: false,
  answer: () => Promise.reject(new Error("a plan asks nobody")),
};
