import { shownPath } from "./project.ts";
import type { Spec } from "./spec.ts";

/** What a spec is called in the store: its path from the project root. */
export function specName(spec: Pick<Spec, "file" | "root">): string {
  return shownPath(spec.file, spec.root);
}
