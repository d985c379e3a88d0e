import { type Explanation, explainChange, explainStep } from "../runner/explain.ts";
import type { Cause } from "../runner/find-causes.ts";
import { compareRevision } from "./compare-revision.ts";
import { formatExplanation } from "./format-explanation.ts";
import { requireStep, withKept } from "./open-kept.ts";
import type { SpecOptions } from "./open-spec.ts";
import { tellNotes } from "./tell-notes.ts";

/** Flags of `distill explain`. */
export interface ExplainFlags extends SpecOptions {
  readonly spec?: string;
  /** A revision: why the step is not what it is there, instead of what it was in this store. */
  readonly against?: string;
}

/** `distill explain`. */
export async function explain(step: string, flags: ExplainFlags): Promise<void> {
  await withKept(flags.spec, flags, async ({ plan, store, steps }) => {
    requireStep(plan, step);
    const { against: rev, set } = flags;
    const compared = rev === undefined ? undefined : await compareRevision({ plan, store, rev, set });
    tellNotes(compared?.notes ?? []);
    const explanation =
      compared === undefined
        ? explainStep(plan, store, steps, step)
        : explainChange({ plan, ...compared, step: compared.steps.find(({ id }) => id === step)! });
    process.stdout.write(
      flags.json === true
        ? `${JSON.stringify(asJson(explanation, rev))}\n`
        : formatExplanation({ file: plan.spec.document.file, explanation, rev }),
    );
  });
}

function asJson({ step, state, reason, causes, unchanged }: Explanation, rev: string | undefined): unknown {
  return { step, against: rev ?? null, state, reason, causes: causes.map(causeAsJson), unchanged };
}

function causeAsJson(cause: Cause): unknown {
  const { step, text, pointer, line, change, input, because } = cause;
  return {
    step,
    text,
    pointer: pointer ?? null,
    line: line ?? null,
    input:
      input === undefined
        ? null
        : { reference: input.reference, before: input.before ?? null, after: input.after ?? null },
    before: change.before ?? null,
    after: change.after ?? null,
    because: because.map(causeAsJson),
  };
}
