import { existsSync } from "node:fs";
import { join } from "node:path";
import { resolveProjectPath } from "../runner/project.ts";
import { readDataset } from "../runner/read-rows.ts";
import type { Json } from "../runner/row.ts";
import { planFile } from "./open-spec.ts";

/** Items of datasets that specs name. */
export interface KnownItems {
  /** What items of this id are in these specs, one for each dataset that has it; none where it is in no dataset now. */
  find(specs: readonly string[], id: string): readonly Json[];
}

/** Reads the datasets of specs, by which what is stored without its item can be judged. What cannot be read is left out. */
export async function readKnownItems(root: string, specs: readonly string[]): Promise<KnownItems> {
  const known = new Map<string, Map<string, Json[]>>();
  for (const spec of specs) {
    const file = join(root, spec);
    if (!existsSync(file)) continue;
    const planning = await planFile(file, {});
    if (!planning.ok) continue;
    const items = new Map<string, Json[]>();
    known.set(spec, items);
    const { root: project, file: from, datasets } = planning.plan.spec;
    for (const { path, id } of datasets.values()) {
      const found = resolveProjectPath(project, from, path);
      if (found.ok) await readInto(items, found.path, id);
    }
  }
  return { find: (names, id) => names.flatMap((name) => known.get(name)?.get(id) ?? []) };
}

async function readInto(items: Map<string, Json[]>, path: string, idColumn: string): Promise<void> {
  try {
    for await (const { id, item } of readDataset(path, path, idColumn)) {
      const same = items.get(id);
      if (same === undefined) items.set(id, [item]);
      else same.push(item);
    }
  } catch {
    // A line that is no item: what stands before it is known all the same.
  }
}
