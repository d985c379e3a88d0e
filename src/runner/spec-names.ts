import { asStored } from "./as-stored.ts";
import { listNames } from "./references.ts";
import type { Registry } from "./registry.ts";
import { isObject, type Spec } from "./spec.ts";
import { suggest } from "./suggest.ts";

/** What stands beside the providers where completions are kept: the project's own store. */
export const localStore = "local";

/** The names that a parameter with `names: SECTION` may hold. */
export function namesOf(section: string, spec: Spec, registry: Registry): readonly string[] {
  switch (section) {
    case "prompt":
      return [...spec.prompts.keys(), asStored];
    case "grader":
      return [...spec.graders.keys()];
    case "trainer":
      return [...registry.trainers.keys()];
    case "provider":
      return [localStore, ...spec.providers.keys()];
    default:
      throw new Error(`no section holds the names of a ${section}`);
  }
}

/** True where the text has such an entry, be it valid or not; or where nobody can tell. */
export function mayName(spec: Spec, section: string, name: string): boolean {
  const entries = spec.document.data[section];
  return entries !== undefined && (!isObject(entries) || entries[name] !== undefined);
}

/** What to do about a name that a section lacks. */
export function hintFor(word: string, known: Iterable<string>, section: string): string {
  const names = [...known];
  const near = suggest(word, names);
  if (near !== undefined) return `did you mean "${near}"?`;
  return names.length === 0 ? `there are no ${section}` : `${section}: ${listNames(names)}`;
}
