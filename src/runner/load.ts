import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Validators } from "./compile-schema.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { readDocument } from "./document.ts";
import { type Planning, planSteps } from "./plan.ts";
import { fromPointer } from "./pointer.ts";
import { findProjectRoot, shownPath } from "./project.ts";
import type { Registry } from "./registry.ts";
import { assembleSchema } from "./schema.ts";
import { findSecrets } from "./secrets.ts";
import { readSpec } from "./spec.ts";
import { validate } from "./validate.ts";

/** From a spec's file to its plan, or to every fault that can be known before anything is spent. */
export function loadPlan(options: {
  readonly file: string;
  readonly registry: Registry;
  readonly validators: Validators;
  /** Values of `--set`. */
  readonly vars?: { readonly [name: string]: string };
  /** The folder that paths are shown from. */
  readonly cwd: string;
}): Planning {
  const file = resolve(options.cwd, options.file);
  const shown = shownPath(file, options.cwd);
  let text: Uint8Array;
  try {
    text = readFileSync(file);
  } catch (error) {
    const message =
      (error as NodeJS.ErrnoException).code === "EISDIR" ? "a folder, not a spec" : "there is no such file";
    return { ok: false, diagnostics: [{ severity: "error", message, file: shown }] };
  }
  const read = readDocument({
    text,
    file: shown,
    ...(options.vars === undefined ? {} : { vars: options.vars }),
  });
  if (read.document === undefined) return { ok: false, diagnostics: read.diagnostics };
  const { document } = read;
  const before: readonly Diagnostic[] = [...read.diagnostics, ...findSecrets(document)];
  const checked = validate({
    validators: options.validators,
    schemaName: "spec",
    schema: () => assembleSchema(options.registry),
    document,
    value: document.data,
    base: "",
  });
  const refused = checked.refused.map((pointer) => ["", ...fromPointer(pointer)].join("/"));
  const spec = readSpec({
    document,
    data: checked.data,
    file,
    root: findProjectRoot(file),
    refused: (pointer) => refused.some((one) => one === pointer || one.startsWith(`${pointer}/`)),
  });
  const planning = planSteps(spec, options.registry, options.validators);
  const heard = (diagnostic: Diagnostic) => !read.diagnostics.some((fault) => isEcho(diagnostic, fault));
  const faults = [...before, ...checked.diagnostics.filter(heard)];
  const diagnostics = [...faults, ...planning.diagnostics.filter(heard)];
  return faults.some((diagnostic) => diagnostic.severity === "error") || !planning.ok
    ? { ok: false, diagnostics }
    : { ok: true, plan: planning.plan, diagnostics };
}

// What the text itself gets wrong at a place (a missing quote, an unknown alias or variable) is the whole
// story there: that what came of it has the wrong type, or names nothing, follows from it.
function isEcho({ range, source }: Diagnostic, fault: Diagnostic): boolean {
  const other = fault.range;
  if (range === undefined || other === undefined || range.line !== other.line) return false;
  if (range.endLine !== range.line || range.column > other.column || range.endColumn < other.endColumn)
    return false;
  // A list or mapping with a fault somewhere inside may well have another one of its own.
  return other.column - range.column <= 1 || !/[[{]/.test(source?.[range.column - 1] ?? "");
}
