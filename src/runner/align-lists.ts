import { canonicalJson } from "../templating/canonical-json.ts";
import type { Json } from "./row.ts";
import { isObject } from "./spec.ts";

/** Which entry of a new list was which of the old one, as indices; undefined stands for none. */
export interface Alignment {
  /** In the order of the new list, then what is gone. */
  readonly pairs: readonly (readonly [before: number | undefined, after: number | undefined])[];
  /** True where entries that stayed are in another order. */
  readonly moved: boolean;
}

/**
 * Aligns two lists: entries are the same where their names are, or else all that they hold; of the others those that
 * stand between the same neighbours are taken for one entry that changed.
 */
export function alignLists(before: readonly Json[], after: readonly Json[]): Alignment {
  const free = new Map<string, number[]>();
  before.forEach((entry, index) => {
    const id = identify(entry);
    free.set(id, [...(free.get(id) ?? []), index]);
  });
  const found: (number | undefined)[] = after.map((entry) => free.get(identify(entry))?.shift());
  const left = [...free.values()].flat().sort((a, b) => a - b);
  // What stands after the same entry, or first in both, is that entry changed.
  found.forEach((at, index) => {
    if (at !== undefined) return;
    const expected = index === 0 ? 0 : (found[index - 1] ?? Number.NaN) + 1;
    const taken = left.indexOf(expected);
    if (taken >= 0) found[index] = left.splice(taken, 1)[0];
  });
  const stayed = found.filter((at) => at !== undefined);
  return {
    pairs: [...found.map((at, index) => [at, index] as const), ...left.map((at) => [at, undefined] as const)],
    moved: stayed.some((at, index) => index > 0 && at < stayed[index - 1]!),
  };
}

function identify(entry: Json): string {
  return isObject(entry) && typeof entry.name === "string" ? `name ${entry.name}` : canonicalJson(entry);
}
