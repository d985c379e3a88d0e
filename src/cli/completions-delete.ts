import { findStoreRoot } from "../runner/project.ts";
import { openStoreIfPresent } from "../runner/store/open-store.ts";
import type { Store } from "../runner/store.ts";
import { formatCounted } from "../steps/format.ts";
import { type FilterFlags, readFilter } from "./completion-filter.ts";
import { confirm } from "./confirm.ts";
import { exit } from "./exit.ts";
import { findCompletion } from "./find-completion.ts";
import { Stop } from "./stop.ts";

/** Flags of `distill completions delete`. */
export interface DeleteFlags extends FilterFlags {
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** `distill completions delete`: removes completions alone, with tombstones in their place. */
export async function deleteCompletions(ids: readonly string[], flags: DeleteFlags): Promise<void> {
  const store = openStoreIfPresent(findStoreRoot(process.cwd()));
  if (store === undefined) throw new Stop(exit.failed, "nothing is stored in this project yet");
  try {
    const keys = meantKeys(store, ids, flags);
    if (keys.size === 0) throw new Stop(exit.failed, "no stored completion is like that");
    const count = formatCounted(keys.size, "completion");
    if (flags.dryRun === true) {
      process.stdout.write(`would delete ${count}\n`);
      return;
    }
    await confirm(`Delete ${count} for good?`, flags.yes);
    const erased = await store.erase({
      isMeant: ({ scope }) => keys.has(scope.completion as string),
      through: false,
      reason: flags.reason ?? "deleted by hand",
      dryRun: false,
    });
    if (erased === undefined)
      throw new Stop(exit.held, "a run is under way in this project", "wait for it, or stop it");
    process.stdout.write(
      `deleted ${formatCounted(erased.answers.length, "completion")}\nrows, results and models that were made from ${keys.size === 1 ? "it" : "them"} stay: distill store erase goes through these too\n`,
    );
  } finally {
    store.close();
  }
}

function meantKeys(store: Store, ids: readonly string[], flags: FilterFlags): ReadonlySet<string> {
  const filter = readFilter(flags);
  const filters = Object.keys(filter).length > 0;
  if (ids.length === 0 && !filters)
    throw new Stop(exit.usage, "say which", "by their ids, or with --model, --step or --metadata");
  if (ids.length > 0 && filters) throw new Stop(exit.usage, "say which by ids or by flags, not by both");
  return new Set(
    ids.length > 0
      ? ids.map((id) => findCompletion(store, id).key)
      : [...store.completions(filter)].map(({ key }) => key),
  );
}
