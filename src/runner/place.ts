import type { TextProblem } from "../templating/problem.ts";
import type { Diagnostic, Range } from "./diagnostic.ts";
import type { SpecDocument } from "./document.ts";
import { maskSecrets } from "./secret-patterns.ts";

/** What to say of a place in a spec. */
export interface PlaceFault {
  /** A JSON pointer into the document's data. */
  readonly pointer: string;
  /** Which part of the pair to point at; the value by default. */
  readonly part?: "key" | "value";
  readonly message: string;
  readonly hint?: string | undefined;
  /** An error by default. */
  readonly severity?: "error" | "warning";
}

/** A diagnostic that points at a value or key of a spec. */
export function diagnose(document: SpecDocument, fault: PlaceFault): Diagnostic {
  return draw(document, fault, document.locate(fault.pointer, fault.part ?? "value"));
}

/** A diagnostic that points into a text of a spec: a template or an expression. */
export function diagnoseText(document: SpecDocument, pointer: string, problem: TextProblem): Diagnostic {
  const { offset, length, message, hint } = problem;
  return draw(document, { pointer, message, hint }, document.locateText(pointer, offset, length));
}

function draw(document: SpecDocument, fault: PlaceFault, range: Range | undefined): Diagnostic {
  const source = range === undefined ? undefined : document.sourceOf(range);
  return {
    severity: fault.severity ?? "error",
    message: maskSecrets(fault.message),
    file: document.file,
    ...(range === undefined ? {} : { range }),
    ...(source === undefined ? {} : { source }),
    ...(fault.hint === undefined ? {} : { hint: maskSecrets(fault.hint) }),
  };
}
