import type { Diagnostic } from "./diagnostic.ts";
import { diagnose } from "./place.ts";
import type { Reference } from "./references.ts";
import type { Registry } from "./registry.ts";
import type { Spec, StepSpec } from "./spec.ts";

/** Models of a step in batch mode that would have to be bought and cannot be in batches. */
export function checkBatches(options: {
  readonly spec: Spec;
  readonly registry: Registry;
  readonly step: StepSpec;
  readonly references: ReadonlyMap<string, Reference>;
}): readonly Diagnostic[] {
  const { spec, registry, step, references } = options;
  if (step.execution.mode !== "batch") return [];
  return [...references].flatMap(([text, reference]) => {
    const model = reference.from === "model" ? spec.models.get(reference.name) : undefined;
    const provider = model && spec.providers.get(model.provider);
    const definition = provider && registry.providers.get(provider.type);
    if (definition === undefined || definition.free || definition.batches === true) return [];
    return diagnose(spec.document, {
      pointer: `/steps/${step.id}/execution/mode`,
      message: `"${text}" cannot be asked in batches: providers of type ${definition.name} take none`,
    });
  });
}
