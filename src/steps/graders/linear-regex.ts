import { loadLinearEngine } from "../../expression/linear-engine.ts";
import { patternSize } from "../../expression/pattern.ts";

/** A pattern that is ready: true where it matches anywhere in the text. */
type Matcher = (text: string) => boolean;

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
  const RE2JS = loadLinearEngine();
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
