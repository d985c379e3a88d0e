import { type CompiledMessages, compileMessages } from "../templating/render-messages.ts";
import { checkFiles } from "./check-files.ts";
import { checkTexts } from "./check-texts.ts";
import { type Columns, readColumns } from "./columns.ts";
import type { Validators } from "./compile-schema.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { collectFields } from "./fields.ts";
import { orderGraph } from "./graph.ts";
import { metadataReaders } from "./metadata-read.ts";
import { diagnose, diagnoseText } from "./place.ts";
import type { PlanNode } from "./plan-node.ts";
import { toPointer } from "./pointer.ts";
import { declareOutputs, listNames, type Outputs, type Reference, resolveReference } from "./references.ts";
import type { JsonObject } from "./row.ts";
import type { Schema } from "./schema.ts";
import { isObject, type Spec, type StepSpec } from "./spec.ts";
import type { ArtifactKind, Execution, Registry, StepDefinition } from "./step.ts";
import { suggest } from "./suggest.ts";
import { validate } from "./validate.ts";

export type { PlanNode } from "./plan-node.ts";

/** The steps of a spec in an order in which they may run, all references followed. */
export interface Plan {
  readonly spec: Spec;
  readonly registry: Registry;
  readonly nodes: readonly PlanNode[];
  readonly byId: ReadonlyMap<string, PlanNode>;
  readonly prompts: ReadonlyMap<string, CompiledMessages>;
  /** Absolute path of each dataset's file. */
  readonly files: ReadonlyMap<string, string>;
}

/** A plan, or every fault that can be known before anything is spent. Warnings come with both. */
export type Planning =
  | { readonly ok: true; readonly plan: Plan; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Follows references, orders steps and checks all that the schema cannot. Opens no connection, runs no code. */
export function planSteps(spec: Spec, registry: Registry, validators: Validators): Planning {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic) => void diagnostics.push(diagnostic);

  checkNames(spec, report);
  const files = checkFiles(spec, registry, report);
  checkSections(spec, registry, report);
  const prompts = compilePrompts(spec, report);
  const outputs = declareOutputs(spec, registry);
  const linked = [...spec.steps.values()].flatMap((step) => {
    const definition = registry.steps.get(step.uses);
    return definition === undefined
      ? []
      : [linkStep({ spec, registry, validators, outputs, step, definition, report })];
  });
  const order = orderGraph(new Map(linked.map((node) => [node.id, node.needs])));
  if (!order.ok) report(ringFault(spec, order.ring));

  const byId = new Map(linked.map((node) => [node.id, node]));
  const ordered = order.ok ? order.order.map((id) => byId.get(id)!) : linked;
  const columns = openColumns(files);
  checkIds(spec, columns, report);
  checkTexts({ spec, registry, nodes: ordered, byId, prompts, columns, report });
  checkSteps({ spec, byId, registry, told: [...diagnostics], report });

  if (diagnostics.some((diagnostic) => diagnostic.severity === "error") || !order.ok)
    return { ok: false, diagnostics: inTextOrder(diagnostics) };
  const readers = metadataReaders(spec, registry, ordered, prompts);
  const nodes = ordered.map((node) => ({ ...node, metadataRead: readers.get(node.id)! }));
  return {
    ok: true,
    plan: { spec, registry, nodes, byId: new Map(nodes.map((node) => [node.id, node])), prompts, files },
    diagnostics: inTextOrder(diagnostics),
  };
}

function checkNames(spec: Spec, report: (diagnostic: Diagnostic) => void): void {
  const sections = [
    ["datasets", spec.datasets],
    ["models", spec.models],
    ["steps", spec.steps],
  ] as const;
  const owner = new Map<string, string>();
  for (const [section, entries] of sections)
    for (const name of entries.keys()) {
      const other = owner.get(name);
      if (other === undefined) owner.set(name, section);
      else
        report(
          diagnose(spec.document, {
            pointer: `/${section}/${name}`,
            part: "key",
            message: `${other} and ${section} both have "${name}"`,
            hint: "datasets, models and steps share one namespace: rename one",
          }),
        );
    }
}

function checkSections(spec: Spec, registry: Registry, report: (diagnostic: Diagnostic) => void): void {
  for (const [name, model] of spec.models) {
    const provider = spec.providers.get(model.provider);
    const at = { pointer: `/models/${name}/provider` };
    if (provider === undefined && !mayName(spec, "providers", model.provider)) {
      report(
        diagnose(spec.document, {
          ...at,
          message: `no provider is called "${model.provider}"`,
          hint: hintFor(model.provider, spec.providers.keys(), "providers"),
        }),
      );
      continue;
    }
    if (provider === undefined) continue;
    for (const { key, message } of registry.providers.get(provider.type)?.checkRequest?.(model.request) ?? [])
      report(
        diagnose(spec.document, {
          pointer: toPointer(["models", name, "request", key]),
          part: "key",
          message,
        }),
      );
  }
  for (const [name, provider] of spec.providers)
    for (const { key, message } of registry.providers.get(provider.type)?.check?.(provider.params as never) ??
      [])
      report(diagnose(spec.document, { pointer: toPointer(["providers", name, key]), message }));
  for (const [name, grader] of spec.graders)
    registry.graders
      .get(grader.type)
      ?.check?.(grader.params as never, (pointer, message, hint) =>
        report(diagnose(spec.document, { pointer: `/graders/${name}${pointer}`, message, hint })),
      );
}

function compilePrompts(
  spec: Spec,
  report: (diagnostic: Diagnostic) => void,
): ReadonlyMap<string, CompiledMessages> {
  const prompts = new Map<string, CompiledMessages>();
  for (const [name, prompt] of spec.prompts) {
    const result = compileMessages(prompt.messages);
    if (result.ok) prompts.set(name, result.prompt);
    else
      for (const problem of result.problems)
        report(diagnoseText(spec.document, `/prompts/${name}/messages${problem.pointer}`, problem));
  }
  return prompts;
}

type LinkedNode = Omit<PlanNode, "metadataRead">;

function linkStep(options: {
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
  return {
    id: step.id,
    step,
    definition,
    params: fillParams(options, references),
    fields,
    references,
    outputs: outputs.get(step.id) ?? {},
    inputs,
    needs: [...new Set([...inputs, ...step.after, ...step.requires])].filter((id) => spec.steps.has(id)),
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

function readExecution(execution: JsonObject): Execution {
  return {
    concurrency: (execution.concurrency as number | undefined) ?? 16,
    timeoutMs: 1000 * ((execution.timeout as number | undefined) ?? 600),
    retries: (execution.retries as number | undefined) ?? 5,
    maxFailedRows: (execution.max_failed_rows as number | undefined) ?? 20,
  };
}

function namesOf(section: string, spec: Spec, registry: Registry): readonly string[] {
  switch (section) {
    case "prompt":
      return [...spec.prompts.keys()];
    case "grader":
      return [...spec.graders.keys()];
    case "trainer":
      return [...registry.trainers.keys()];
    case "provider":
      return [...spec.providers.keys()];
    default:
      throw new Error(`no section holds the names of a ${section}`);
  }
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

function mayName(spec: Spec, section: string, name: string): boolean {
  const entries = spec.document.data[section];
  return entries !== undefined && (!isObject(entries) || entries[name] !== undefined);
}

function hintFor(word: string, known: Iterable<string>, section: string): string {
  const names = [...known];
  const near = suggest(word, names);
  if (near !== undefined) return `did you mean "${near}"?`;
  return names.length === 0 ? `there are no ${section}` : `${section}: ${listNames(names)}`;
}

function ringFault(spec: Spec, ring: readonly string[]): Diagnostic {
  return diagnose(spec.document, {
    pointer: `/steps/${ring[0]}`,
    part: "key",
    message: ring.length <= 2 ? `step "${ring[0]}" needs itself` : "steps need each other in a ring",
    hint: ring.join(" → "),
  });
}

function openColumns(files: ReadonlyMap<string, string>): (dataset: string) => Columns | undefined {
  const open = new Map<string, Columns>();
  return (dataset) => {
    const path = files.get(dataset);
    if (path === undefined) return undefined;
    const known = open.get(dataset) ?? readColumns(path);
    open.set(dataset, known);
    // A file without a single readable row says nothing of its columns; reading it will say what is wrong.
    return {
      ...known,
      has: (way) => known.has(way) || known.names(true).length === 0,
    };
  };
}

function checkIds(
  spec: Spec,
  columns: (dataset: string) => Columns | undefined,
  report: (diagnostic: Diagnostic) => void,
): void {
  for (const [name, { id }] of spec.datasets) {
    const found = columns(name);
    if (found === undefined || found.has([id])) continue;
    report(
      diagnose(spec.document, {
        pointer: `/datasets/${name}/id`,
        message: `the rows of "${name}" have no column "${id}", by which an item is known`,
        hint: columnHint(id, found.names()),
      }),
    );
  }
}

function columnHint(id: string, names: readonly string[]): string {
  const near = suggest(id, names);
  return near === undefined ? `name one with id: ${listNames(names)}` : `did you mean "${near}"?`;
}

function checkSteps({
  spec,
  byId,
  registry,
  told,
  report,
}: {
  readonly spec: Spec;
  readonly byId: ReadonlyMap<string, LinkedNode>;
  readonly registry: Registry;
  /** What was found before: a step's own check sees the same places and would say the same in other words. */
  readonly told: readonly Diagnostic[];
  readonly report: (diagnostic: Diagnostic) => void;
}): void {
  const isTold = ({ range }: Diagnostic) =>
    told.some((one) => one.range?.line === range?.line && one.range?.column === range?.column);
  // What a step with an unknown name has in place of it, nobody can tell.
  const leadsSomewhere = (node: LinkedNode) =>
    node.fields.every(({ keyword, argument, text }) =>
      keyword === "artifact"
        ? node.references.has(text)
        : keyword !== "names" || namesOf(argument, spec, registry).includes(text),
    );
  for (const node of byId.values())
    node.definition.check?.({
      params: node.params as never,
      fault: (pointer, message, hint) => {
        const fault = diagnose(spec.document, { pointer: `/steps/${node.id}${pointer}`, message, hint });
        if (!isTold(fault)) report(fault);
      },
      modelSource: (reference) => {
        const found = node.references.get(reference);
        const model = found?.from === "model" ? spec.models.get(found.name) : undefined;
        return {
          provider: model && spec.providers.get(model.provider)?.type,
          step: found?.from === "step" ? spec.steps.get(found.id)?.uses : undefined,
        };
      },
      stepParams: (id) => {
        const other = byId.get(id.split(".")[0]!);
        if (other === undefined || !leadsSomewhere(other)) return undefined;
        return { uses: other.step.uses, params: other.params };
      },
    });
}

function inTextOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const place = (one: Diagnostic) =>
    one.range === undefined ? 0 : one.range.line * 10_000 + one.range.column;
  return [...diagnostics].sort((a, b) => place(a) - place(b));
}
