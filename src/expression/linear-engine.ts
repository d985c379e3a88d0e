import { createRequire } from "node:module";

let engine: typeof import("re2js") | undefined;

/**
 * The regular expressions of RE2, in time linear in the text. Loaded where a pattern is first met: its tables
 * take as long to set up as all the rest of a validation, and most specs have no pattern.
 */
export function loadLinearEngine(): typeof import("re2js").RE2JS {
  engine ??= createRequire(import.meta.url)("re2js") as typeof import("re2js");
  return engine.RE2JS;
}
