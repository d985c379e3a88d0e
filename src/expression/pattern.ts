import type { RE2JS } from "re2js";
import { loadLinearEngine } from "./linear-engine.ts";

/** The compiled patterns of one expression. */
export interface PatternCache {
  readonly compiled: Map<string, RE2JS>;
  /** What is left of the size that the expression's own patterns may have together. */
  left: number;
}

/** The size that the patterns written in one expression may have together, by `patternSize`. */
const maxLiteralSize = 40_000;
const maxPatternSize = 20_000;
const maxCached = 100;

export function createPatternCache(): PatternCache {
  return { compiled: new Map(), left: maxLiteralSize };
}

/** A pattern of the linear-time engine, from the cache where it was seen before, or why it is none. */
export function findPattern(
  cache: PatternCache,
  pattern: string,
): { readonly ok: true; readonly regex: RE2JS } | { readonly ok: false; readonly reason: string } {
  const known = cache.compiled.get(pattern);
  if (known !== undefined) return { ok: true, regex: known };
  if (patternSize(pattern) > maxPatternSize) return { ok: false, reason: "it is too large" };
  try {
    const regex = loadLinearEngine().compile(pattern);
    if (cache.compiled.size >= maxCached) cache.compiled.clear();
    cache.compiled.set(pattern, regex);
    return { ok: true, regex };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const reason = error.message.replace(/^error parsing regexp: /, "").replaceAll(/\s+/g, " ");
    return { ok: false, reason: reason.length > 120 ? `${reason.slice(0, 119)}…` : reason };
  }
}

/** As `findPattern`, for a pattern that stands in the text: all of them together are bounded too. */
export function findLiteralPattern(cache: PatternCache, pattern: string): ReturnType<typeof findPattern> {
  if (!cache.compiled.has(pattern)) cache.left -= patternSize(pattern);
  return cache.left < 0 ? { ok: false, reason: "it is too large" } : findPattern(cache, pattern);
}

/**
 * An upper bound of a compiled pattern's instructions, known before it is compiled: the engine unrolls
 * `x{1000}`, and refuses a repetition whose product along one path is above 1,000.
 */
export function patternSize(pattern: string): number {
  let repeats = 1;
  for (const [, least, most] of pattern.matchAll(/\{(\d{1,4})(?:,(\d{0,4}))?\}/g)) {
    repeats = Math.min(1_000, repeats * Math.max(1, Number(least), Number(most || 0)));
  }
  // A Unicode class such as \pL is a table of hundreds of ranges.
  const classes = pattern.match(/\\[pP]/g)?.length ?? 0;
  return (pattern.length + 30 * classes) * repeats;
}
