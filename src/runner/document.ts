import type { Diagnostic, Range } from "./diagnostic.ts";
import { buildData } from "./document/build-data.ts";
import { decodeText } from "./document/decode-text.ts";
import { createFaults, Limit } from "./document/faults.ts";
import { indexLines } from "./document/lines.ts";
import { createLocator } from "./document/locate.ts";
import { parseYaml } from "./document/parse-yaml.ts";
import { resolveAliases } from "./document/resolve-aliases.ts";
import { declareVars, type Vars } from "./document/vars.ts";
import type { JsonObject } from "./row.ts";

/** A spec's text, what it says, and where it says it. Pointers are JSON pointers (RFC 6901) into `data`. */
export interface SpecDocument {
  readonly file: string;
  /** The text without a byte order mark. */
  readonly text: string;
  /** The content with variables substituted, aliases and merges expanded; objects have no prototype. */
  readonly data: JsonObject;
  /** Where a value or its key stands; the nearest existing ancestor where the pointer leads nowhere. */
  locate(pointer: string, part: "key" | "value"): Range | undefined;
  /** Where a part of a text value stands, by UTF-16 units of the value; the whole value where that is unclear. */
  locateText(pointer: string, offset: number, length: number): Range | undefined;
  /** The line on which a range begins, with secrets masked; undefined beyond the text. */
  sourceOf(range: Range): string | undefined;
}

/** What `readDocument` reads. */
export interface ReadDocumentOptions {
  readonly text: Uint8Array | string;
  /** The name that diagnostics carry. */
  readonly file: string;
  /** Values that the caller gives to variables that the text declares under `vars`. */
  readonly vars?: Vars;
}

/** What was read: no document where the text cannot be understood at all. */
export interface ReadDocumentResult {
  /** Present beside errors too where the rest can be checked; a duplicate key keeps its first value. */
  readonly document?: SpecDocument;
  readonly diagnostics: readonly Diagnostic[];
  /** The variables that the text refers to, with the values that were used. */
  readonly vars: Vars;
}

/**
 * Reads a spec's text as YAML 1.2 (core schema) with `<<` merges, in bounded time whatever the text is.
 * Never throws on account of the text: every fault is a diagnostic.
 */
export function readDocument({ text: input, file, vars = {} }: ReadDocumentOptions): ReadDocumentResult {
  const decoded = decodeText(input);
  if (decoded.fault === undefined) return readText(decoded.text, file, vars);
  const { message, hint, offset } = decoded.fault;
  const faults = createFaults(file, indexLines(decoded.text));
  faults.report({ ...(offset === undefined ? {} : { span: [offset, offset + 1] }), message, hint });
  return { diagnostics: faults.diagnostics(), vars: {} };
}

function readText(text: string, file: string, given: Vars): ReadDocumentResult {
  const lines = indexLines(text);
  const faults = createFaults(file, lines);
  try {
    const root = parseYaml(text, faults);
    if (root === undefined) return { diagnostics: faults.diagnostics(), vars: {} };
    const aliases = resolveAliases(root, faults);
    const vars = declareVars({ root, aliases, given, faults });
    const { data, place } = buildData({ root, aliases, vars, faults });
    const locator = createLocator(place, lines);
    return {
      document: { file, text, data, ...locator, sourceOf: lines.sourceOf },
      diagnostics: faults.diagnostics(),
      vars: vars.used(),
    };
  } catch (error) {
    // A limit makes all that was found before it look like noise.
    if (error instanceof Limit) return { diagnostics: [faults.draw(error.fault)], vars: {} };
    throw error;
  }
}
