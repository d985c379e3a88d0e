import { createRequire } from "node:module";

/** A pattern that is ready: true where it matches anywhere in the text. */
export type Matcher = (text: string) => boolean;

/** A matcher, or why the pattern is none. */
export type CompiledPattern =
  | { readonly ok: true; readonly matches: Matcher }
  | { readonly ok: false; readonly message: string };

/** Instructions a pattern may compile to: time grows with them times the text's length. */
const maxSize = 5_000;

/**
 * Compiles a pattern for RE2's engine, whose time is linear in the text; it has no lookaround and no backreference.
 * Flags are `i` (case), `m` (^ and $ at lines) and `s` (. is any character).
 */
export function compilePattern(pattern: string, flags = ""): CompiledPattern {
  if (patternSize(pattern) > maxSize) return { ok: false, message: "the pattern is too large" };
  const { RE2JS } = loadEngine();
  const bits = { i: RE2JS.CASE_INSENSITIVE, m: RE2JS.MULTILINE, s: RE2JS.DOTALL };
  try {
    const mode = [...new Set(flags)].reduce((sum, flag) => sum | bits[flag as keyof typeof bits], 0);
    const regex = RE2JS.compile(pattern, mode);
    return { ok: true, matches: (text) => regex.test(text) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { ok: false, message: error.message.replace(/^error parsing regexp: /, "") };
  }
}

// Loading takes a tenth of a second, and checking a spec cannot wait for an import.
function loadEngine(): typeof import("re2js") {
  return createRequire(import.meta.url)("re2js");
}

/** An upper bound of a pattern's instructions before it is compiled: the engine unrolls `x{1000}`. */
function patternSize(pattern: string): number {
  let repeats = 1;
  for (const [, least, most] of pattern.matchAll(/\{(\d{1,4})(?:,(\d{0,4}))?\}/g))
    repeats = Math.min(1_000, repeats * Math.max(1, Number(least), Number(most || 0)));
  return pattern.length * repeats;
}
