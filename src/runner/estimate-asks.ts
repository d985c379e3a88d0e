import type { ComparedStep } from "./compare-plans.ts";
import type { Plan } from "./plan.ts";
import type { Trace } from "./trace-keys.ts";

/** Answers that a step would ask a model for. */
export interface Asks {
  /** A model reference of the spec. */
  readonly model: string;
  /** Undefined where nobody knows before the run. */
  readonly answers: number | undefined;
  /** True where it may be fewer: the rows are not counted as items, or some answers are the same as before. */
  readonly upTo: boolean;
}

/**
 * The answers that a step would ask for: of all its models where it is new; else of those alone whose answers can be
 * others than before. Another grader asks for none.
 */
export function estimateAsks(options: {
  readonly plan: Plan;
  readonly now: Trace;
  readonly step: ComparedStep;
  /** Items of a dataset by name, where somebody counted them. */
  readonly datasetItems?: ((name: string) => number | undefined) | undefined;
}): readonly Asks[] {
  const { plan, now, step, datasetItems } = options;
  const node = plan.byId.get(step.id)!;
  let exact = true;
  const estimates =
    node.definition.estimate?.({
      params: node.params as never,
      items(reference) {
        const found = node.references.get(reference);
        if (found?.from === "dataset") return datasetItems?.(found.name);
        if (found?.from !== "step") return undefined;
        const record = now.get(found.id)?.manifest?.outputs[found.output];
        // An item can have several rows: then their number is more than is asked.
        if (record?.items == null) exact = plan.byId.get(found.id)?.definition.name === "split";
        return record?.items ?? record?.rows ?? undefined;
      },
    }) ?? [];
  const changed = changedModels(step);
  return estimates
    .filter(({ model }) => changed === undefined || changed.has(model))
    .map((estimate) => ({ ...estimate, upTo: !exact || hasSomeKept(step) }));
}

/** The models of which answers can change; undefined where those of all can. */
function changedModels({ past, causes }: ComparedStep): ReadonlySet<string> | undefined {
  if (past === undefined || causes.length === 0) return undefined;
  const models = new Set<string>();
  for (const { field } of causes) {
    if (field === undefined) return undefined;
    if (field.keyword === "names" && field.argument === "grader") continue;
    if (field.keyword !== "artifact" || field.argument !== "model") return undefined;
    models.add(field.text);
  }
  return models;
}

// Of other rows, or more samples, some may have been asked before; what may change may also stay.
function hasSomeKept({ past, causes }: ComparedStep): boolean {
  return (
    past !== undefined &&
    causes.some(({ input, field }) =>
      input === undefined ? field === undefined : input.parameter === "rows" || !input.certain,
    )
  );
}
