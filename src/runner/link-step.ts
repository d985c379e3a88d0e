import { checkBatches } from "./check-batches.ts";
import type { Validators } from "./compile-schema.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { collectFields } from "./fields.ts";
import { diagnose } from "./place.ts";
import type { PlanNode } from "./plan-node.ts";
import { readExecution } from "./read-execution.ts";
import { listNames, type Outputs, type Reference, resolveReference } from "./references.ts";
import type { Registry } from "./registry.ts";
import type { JsonObject } from "./row.ts";
import type { Schema } from "./schema.ts";
import { isObject, type Spec, type StepSpec } from "./spec.ts";
import { hintFor, mayName, namesOf } from "./spec-names.ts";
import type { ArtifactKind, StepDefinition } from "./step.ts";
import { validate } from "./validate.ts";

/** A step with its references followed; what reads its metadata is known only when all steps are. */
export type LinkedNode = Omit<PlanNode, "metadataRead">;

/** Follows the references of a step and fills its parameters; every fault is reported. */
export function linkStep(options: {
  readonly spec: Spec;
  readonly registry: Registry;
  readonly validators: Validators;
  readonly outputs: Outputs;
  readonly step: StepSpec;
  readonly definition: StepDefinition;
  readonly report: (diagnostic: Diagnostic) => void;
}): LinkedNode {
  const { spec, registry, outputs, step, definition, report } = options;
  const schema = definition.params as Schema;
  const at = (pointer: string) => ({ pointer: `/steps/${step.id}${pointer}` });
  const fields = collectFields(schema, step.params);
  const references = new Map<string, Reference>();
  for (const field of fields) {
    if (field.keyword === "names") {
      const known = namesOf(field.argument, spec, registry);
      if (!known.includes(field.text) && !mayName(spec, `${field.argument}s`, field.text))
        report(
          diagnose(spec.document, {
            ...at(field.pointer),
            message: `no ${field.argument} is called "${field.text}"`,
            hint: hintFor(field.text, known, `${field.argument}s`),
          }),
        );
    }
    if (field.keyword !== "artifact") continue;
    const resolution = resolveReference(spec, outputs, field);
    if (resolution.ok) references.set(field.text, resolution.reference);
    else if (!toldAlready(spec, field.text))
      report(
        diagnose(spec.document, { ...at(field.pointer), message: resolution.message, hint: resolution.hint }),
      );
  }
  for (const fault of checkBatches({ spec, registry, step, references })) report(fault);
  for (const key of ["after", "requires"] as const)
    step[key].forEach((id, i) => {
      if ((spec.document.data.steps as JsonObject)[id] === undefined) {
        const other = spec.datasets.has(id) ? "dataset" : spec.models.has(id) ? "model" : undefined;
        report(
          diagnose(spec.document, {
            ...at(`/${key}/${i}`),
            message:
              other === undefined
                ? `no step is called "${id}"`
                : `"${id}" is a ${other}, and "${key}" takes steps`,
            hint: hintFor(id, spec.steps.keys(), "steps"),
          }),
        );
      } else if (
        key === "requires" &&
        spec.steps.has(id) &&
        !Object.values(outputs.get(id) ?? {}).some((output) => output.kind === "verdict")
      )
        report(
          diagnose(spec.document, {
            ...at(`/${key}/${i}`),
            message: `step "${id}" gives no verdict, and "requires" takes steps that do`,
            hint: `verdicts are given by: ${listNames(stepsGiving("verdict", outputs))}`,
          }),
        );
    });
  const inputs = [
    ...new Set(
      [...references.values()].flatMap((reference) => (reference.from === "step" ? [reference.id] : [])),
    ),
  ];
  // Whatever is stored under a step's name: of another spec's nobody says when.
  const followed = definition.follows?.(step.params as never) ?? [];
  return {
    id: step.id,
    step,
    definition,
    params: fillParams(options, references),
    fields,
    references,
    outputs: outputs.get(step.id) ?? {},
    inputs,
    needs: [...new Set([...inputs, ...step.after, ...step.requires, ...followed])].filter((id) =>
      spec.steps.has(id),
    ),
    execution: readExecution(step.execution),
  };
}

function fillParams(
  { spec, registry, validators, step, definition, report }: Parameters<typeof linkStep>[0],
  references: ReadonlyMap<string, Reference>,
): JsonObject {
  const properties = ((definition.params as Schema).properties ?? {}) as Record<string, Schema>;
  const params: Record<string, JsonObject[string]> = { ...step.params };
  if (properties.seed !== undefined && params.seed === undefined) params.seed = spec.seed;
  if (properties.trainer?.names !== "trainer") return params;

  const base = typeof params.base === "string" ? references.get(params.base) : undefined;
  const model = base?.from === "model" ? spec.models.get(base.name) : undefined;
  const provider = model === undefined ? undefined : spec.providers.get(model.provider);
  const name =
    (params.trainer as string | undefined) ?? (provider && registry.providers.get(provider.type)?.trainer);
  const trainer = name === undefined ? undefined : registry.trainers.get(name);
  if (trainer === undefined) {
    if (params.trainer === undefined && provider !== undefined)
      report(
        diagnose(spec.document, {
          pointer: `/steps/${step.id}/base`,
          message: `models of provider type "${provider.type}" have no trainer of their own`,
          hint: `name one: trainer: ${[...registry.trainers.keys()].join(" or ")}`,
        }),
      );
    return params;
  }
  params.trainer = trainer.name;
  const wrong = provider && model && trainer.check?.({ provider: provider.type, model: model.model });
  if (wrong !== undefined)
    report(diagnose(spec.document, { pointer: `/steps/${step.id}/base`, message: wrong }));
  const checked = validate({
    validators,
    schemaName: `trainer_${trainer.name}`,
    schema: () => trainer.hyperparameters as Schema,
    document: spec.document,
    value: isObject(params.hyperparameters) ? params.hyperparameters : {},
    base: `/steps/${step.id}/hyperparameters`,
  });
  checked.diagnostics.forEach(report);
  params.hyperparameters = checked.data;
  return params;
}

function stepsGiving(kind: ArtifactKind, outputs: Outputs): readonly string[] {
  return [...outputs].flatMap(([id, declared]) =>
    Object.values(declared).some((output) => output.kind === kind) ? [id] : [],
  );
}

// What the schema refused, or two sections have, was told already; that something refers to it is no second
// fault. Nobody can tell what a section would name that is no mapping.
function toldAlready(spec: Spec, text: string): boolean {
  const head = text.split(".")[0]!;
  const sections = ["datasets", "models", "steps"] as const;
  return (
    sections.filter((section) => spec[section].has(head)).length > 1 ||
    sections.some((section) => !spec[section].has(head) && mayName(spec, section, head))
  );
}
