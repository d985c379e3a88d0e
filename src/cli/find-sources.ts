import { existsSync } from "node:fs";
import { join } from "node:path";
import { readContents } from "../runner/contents.ts";
import type { Erased, EraseWish } from "../runner/erasure.ts";
import type { Plan } from "../runner/plan.ts";
import { shownPath } from "../runner/project.ts";
import { readJsonLines } from "../runner/read-rows.ts";
import type { Json, JsonObject } from "../runner/row.ts";
import { stringsIn } from "../runner/store/erased-texts.ts";
import { hashFile } from "../runner/store/files.ts";
import { planFile } from "./open-spec.ts";

/** Files of the project that hold what is erased from the store, and what could not be looked at. */
export interface FoundSources {
  /** Such as `data/pool.jsonl:17`. */
  readonly lines: readonly string[];
  /** Specs and files that could not be read. */
  readonly unread: readonly string[];
}

/**
 * Looks through the files that specs name: a row of a dataset that is meant, and a line that has a text of what was
 * erased. Nothing is changed there: these files are the user's, and git keeps what they were.
 */
export async function findSources(options: {
  readonly root: string;
  readonly specs: readonly string[];
  readonly wish: Pick<EraseWish, "isMeant">;
  readonly erased: Pick<Erased, "items" | "texts">;
}): Promise<FoundSources> {
  const { root, specs, wish, erased } = options;
  const lines = new Set<string>();
  const unread = new Set<string>();
  for (const spec of specs) {
    const file = join(root, spec);
    if (!existsSync(file)) continue;
    const planning = await planFile(file, {});
    if (!planning.ok) {
      unread.add(spec);
      continue;
    }
    await lookThrough(planning.plan, spec);
  }
  return { lines: [...lines], unread: [...unread] };

  async function lookThrough(plan: Plan, spec: string): Promise<void> {
    const contents = await readContents(plan, hashFile);
    const ids = new Map([...plan.spec.datasets.values()].map(({ path, id }) => [path, id]));
    for (const named of contents.files().filter((path) => /\.jsonl?$/i.test(path))) {
      const path = contents.path(named);
      const shown = shownPath(path, root);
      try {
        for await (const { value, line } of readJsonLines(path, shown))
          if (isMeantLine(value, { spec, column: ids.get(named) })) lines.add(`${shown}:${line}`);
      } catch {
        unread.add(shown);
      }
    }
  }

  function isMeantLine(
    value: Json,
    { spec, column }: { readonly spec: string; readonly column: string | undefined },
  ): boolean {
    for (const text of stringsIn(value)) if (erased.texts.has(text)) return true;
    const id = column === undefined ? undefined : (value as JsonObject | null)?.[column];
    if (typeof id !== "string" && typeof id !== "number") return false;
    const item = String(id);
    const scope = { id: item, item: value, messages: [], sample: null, metadata: {}, grades: {} };
    return erased.items.has([spec], item) || wish.isMeant({ item, metadata: {}, scope });
  }
}
