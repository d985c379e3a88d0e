import type { Diagnostic, Range } from "./diagnostic.ts";
import type { SpecDocument } from "./document.ts";

/** A fault at a place of a document, with the source lines that it names. */
export function faultAt(
  document: SpecDocument,
  at: { readonly pointer: string; readonly part?: "key" | "value"; readonly offset?: number; readonly length?: number },
  message: string,
  hint?: string,
  severity: Diagnostic["severity"] = "error",
): Diagnostic {
  const range =
    at.offset === undefined
      ? document.locate(at.pointer, at.part ?? "value")
      : document.locateText(at.pointer, at.offset, at.length ?? 1);
  return {
    severity,
    message,
    file: document.file,
    ...(range === undefined ? {} : { range, source: linesOf(document.text, range) }),
    ...(hint === undefined ? {} : { hint }),
  };
}

function linesOf(text: string, range: Range): string {
  return text
    .split(/\r\n|\n|\r/)
    .slice(range.line - 1, range.endLine)
    .join("\n");
}
