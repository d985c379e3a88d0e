import type { Field } from "./fields.ts";
import type { Registry } from "./registry.ts";
import type { Spec } from "./spec.ts";
import type { ArtifactKind, OutputDeclaration } from "./step.ts";
import { suggest } from "./suggest.ts";

/** What a name in an artifact parameter stands for. */
export type Reference =
  | { readonly from: "dataset"; readonly name: string }
  | { readonly from: "model"; readonly name: string }
  | { readonly from: "step"; readonly id: string; readonly output: string; readonly kind: ArtifactKind };

/** A reference that was followed, or why it leads nowhere. */
export type Resolution =
  | { readonly ok: true; readonly reference: Reference }
  | { readonly ok: false; readonly message: string; readonly hint?: string };

/** The outputs that every step declares, by step id. */
export type Outputs = ReadonlyMap<string, { readonly [name: string]: OutputDeclaration }>;

/** The outputs of all steps whose type is known. */
export function declareOutputs(spec: Spec, registry: Registry): Outputs {
  return new Map(
    [...spec.steps.values()].flatMap((step) => {
      const definition = registry.steps.get(step.uses);
      return definition === undefined ? [] : [[step.id, definition.outputs(step.params as never)] as const];
    }),
  );
}

/** Follows a name to what it stands for and checks its kind. `any` takes everything that has content. */
export function resolveReference(spec: Spec, outputs: Outputs, field: Field): Resolution {
  const wanted = field.argument as ArtifactKind | "any";
  const fits = (kind: ArtifactKind) => wanted === "any" || kind === wanted;
  const parameter = lastName(field.pointer);
  const [head = "", ...tail] = field.text.split(".");
  const output = tail.join(".");

  if (output === "" && spec.datasets.has(head))
    return fits("rows")
      ? { ok: true, reference: { from: "dataset", name: head } }
      : wrongKind(`dataset "${head}" gives rows`);
  // It is a name to be asked by, and nothing that lies in a file.
  if (output === "" && wanted === "any" && spec.models.has(head))
    return {
      ok: false,
      message: `"${head}" is an entry of models and has no content, and "${parameter}" takes content`,
      hint: `content is given by: ${listNames(candidates(spec, outputs, wanted))}`,
    };
  if (output === "" && spec.models.has(head))
    return fits("model")
      ? { ok: true, reference: { from: "model", name: head } }
      : wrongKind(`"${head}" is a model`);

  for (const section of ["datasets", "models"] as const)
    if (spec[section].has(head))
      return {
        ok: false,
        message: `${section === "datasets" ? "dataset" : "model"} "${head}" has no outputs`,
        hint: `name it alone: ${head}`,
      };

  const declared = outputs.get(head);
  if (declared === undefined) {
    if (spec.steps.has(head)) return { ok: false, message: `step "${head}" is not valid itself` };
    const known = candidates(spec, outputs, wanted);
    const near = suggest(field.text, known) ?? (output === "" ? undefined : suggest(head, known));
    return {
      ok: false,
      message: `no ${noun(wanted)} is called "${head}"`,
      hint: near === undefined ? `${noun2(wanted)}: ${listNames(known)}` : `did you mean "${near}"?`,
    };
  }
  const names = Object.keys(declared);
  const chosen = output === "" ? mainOutput(declared, fits) : output;
  if (chosen === undefined)
    return {
      ok: false,
      message: `step "${head}" has several outputs`,
      hint: `name one of them: ${names.map((one) => `${head}.${one}`).join(", ")}`,
    };
  const declaration = declared[chosen];
  if (declaration === undefined) {
    const near = suggest(chosen, names);
    return {
      ok: false,
      message: `step "${head}" has no output "${chosen}"`,
      hint: near === undefined ? `it has: ${names.join(", ")}` : `did you mean "${head}.${near}"?`,
    };
  }
  return fits(declaration.kind)
    ? { ok: true, reference: { from: "step", id: head, output: chosen, kind: declaration.kind } }
    : wrongKind(`step "${head}" gives ${plural(declaration.kind)}`);

  function wrongKind(what: string): Resolution {
    return {
      ok: false,
      message: `${what}, and "${parameter}" takes ${plural(wanted)}`,
      hint: `${plural(wanted)} are given by: ${listNames(candidates(spec, outputs, wanted))}`,
    };
  }
}

function mainOutput(
  declared: { readonly [name: string]: OutputDeclaration },
  fits: (kind: ArtifactKind) => boolean,
): string | undefined {
  const names = Object.keys(declared);
  const main = names.find((name) => declared[name]?.main === true);
  if (main !== undefined) return main;
  if (names.length === 1) return names[0];
  const fitting = names.filter((name) => fits(declared[name]!.kind));
  return fitting.length === 1 ? fitting[0] : undefined;
}

function candidates(spec: Spec, outputs: Outputs, wanted: ArtifactKind | "any"): readonly string[] {
  const steps = [...outputs].flatMap(([id, declared]) =>
    Object.entries(declared)
      .filter(([, declaration]) => wanted === "any" || declaration.kind === wanted)
      .map(([name, declaration]) =>
        declaration.main === true || Object.keys(declared).length === 1 ? id : `${id}.${name}`,
      ),
  );
  return [
    ...(wanted === "rows" || wanted === "any" ? spec.datasets.keys() : []),
    ...(wanted === "model" ? spec.models.keys() : []),
    ...steps,
  ];
}

function noun(kind: ArtifactKind | "any"): string {
  if (kind === "rows") return "step or dataset";
  if (kind === "model") return "model";
  return kind === "any" ? "step or dataset" : "step";
}

function noun2(kind: ArtifactKind | "any"): string {
  return kind === "any" ? "there are" : plural(kind);
}

function plural(kind: ArtifactKind | "any"): string {
  switch (kind) {
    case "rows":
    case "results":
      return kind;
    case "any":
      return "anything";
    case "model":
      return "models";
    case "verdict":
      return "verdicts";
    case "file":
      return "files";
  }
}

/** Names for a hint: the first of them where there are more than anybody reads. */
export function listNames(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const more = names.length - shownNames;
  return more <= 0 ? names.join(", ") : `${names.slice(0, shownNames).join(", ")} and ${more} more`;
}

const shownNames = 20;

function lastName(pointer: string): string {
  return pointer.split("/").findLast((part) => !/^\d*$/.test(part)) ?? pointer;
}
