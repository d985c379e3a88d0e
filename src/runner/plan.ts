import { type CompiledMessages, compileMessages } from "../templating/render-messages.ts";
import { agreementSource } from "./agreement-source.ts";
import { checkFiles } from "./check-files.ts";
import { checkSpecialNames } from "./check-special-names.ts";
import { checkTexts } from "./check-texts.ts";
import { type Columns, readColumns } from "./columns.ts";
import type { Validators } from "./compile-schema.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { orderGraph } from "./graph.ts";
import { type LinkedNode, linkStep } from "./link-step.ts";
import { metadataReaders } from "./metadata-read.ts";
import { diagnose, diagnoseText } from "./place.ts";
import type { PlanNode } from "./plan-node.ts";
import { toPointer } from "./pointer.ts";
import { declareOutputs, listNames } from "./references.ts";
import type { Registry } from "./registry.ts";
import type { Spec } from "./spec.ts";
import { hintFor, mayName, namesOf } from "./spec-names.ts";
import { suggest } from "./suggest.ts";

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
  checkSpecialNames({ spec, registry, nodes: linked }).forEach(report);
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
    for (const { key, ...fault } of registry.providers.get(provider.type)?.checkRequest?.(model.request) ??
      [])
      report(
        diagnose(spec.document, {
          pointer: toPointer(["models", name, "request", key]),
          part: "key",
          ...fault,
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
          model: model?.model,
          step: found?.from === "step" ? spec.steps.get(found.id)?.uses : undefined,
        };
      },
      agreementSource: (results, grader) => {
        const other = byId.get(results.split(".")[0]!);
        return other && agreementSource({ spec, registry, byId }, other, grader);
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
