import { findStoreRoot } from "../runner/project.ts";
import type { CompletionFilter, CompletionRecord, Store } from "../runner/store.ts";
import { formatCounted } from "../steps/format.ts";
import { canonicalJson } from "../templating/canonical-json.ts";
import {
  type AtProviderFlags,
  formatDoneThere,
  type ProviderCompletion,
  refuseUndone,
  workAtProviders,
} from "./at-provider.ts";
import { type FilterFlags, readFilter } from "./completion-filter.ts";
import { confirm } from "./confirm.ts";
import { exit } from "./exit.ts";
import { findCompletion } from "./find-completion.ts";
import { openStores } from "./open-stores.ts";
import { Stop } from "./stop.ts";

/** Flags of `distill completions delete`. */
export interface DeleteFlags extends FilterFlags, AtProviderFlags {
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** `distill completions delete`: removes completions alone, also of replays, with tombstones in their place. */
export async function deleteCompletions(ids: readonly string[], flags: DeleteFlags): Promise<void> {
  const stores = openStores(findStoreRoot(process.cwd())).map(({ store }) => store);
  if (stores.length === 0) throw new Stop(exit.failed, "nothing is stored in this project yet");
  try {
    const meant = findMeant(stores, ids, flags);
    if (meant.size === 0) throw new Stop(exit.failed, "no stored completion is like that");
    const count = formatCounted(countOrigins(meant.values()), "completion");
    if (flags.dryRun === true) {
      process.stdout.write(`would delete ${count}\n`);
      return;
    }
    const where = flags.atProvider === true ? ", also at their provider" : "";
    await confirm(`Delete ${count} for good${where}?`, flags.yes);
    // There first: what is removed here, nobody finds there any more.
    const there = await workAtProviders({
      flags,
      store: stores[0]!,
      completions: [...new Map([...meant.values()].map((one) => [nameOf(one), one])).values()],
      work: async (kept, id, signal) => {
        await kept.delete(id, signal);
        return undefined;
      },
    });
    const failed = new Set([...(there?.failed.keys() ?? [])].map((key) => nameOf(meant.get(key)!)));
    const keys = new Set([...meant.values()].filter((one) => !failed.has(nameOf(one))).map(({ key }) => key));
    const uncleared = await deleteHere(stores, keys, flags.reason);
    process.stdout.write(
      [
        ...(there === undefined ? [] : [formatDoneThere(there, "gone")]),
        `deleted ${formatCounted(countOrigins([...keys].map((key) => meant.get(key)!)), "completion")}\n`,
        `rows, results and models that were made from ${keys.size === 1 ? "it" : "them"} stay: distill store erase goes through these too\n`,
      ].join(""),
    );
    if (there !== undefined)
      refuseUndone(there, "they stay here as well, so that the same command finds them again");
    if (uncleared) refuseUncleared();
  } finally {
    for (const store of stores) store.close();
  }
}

/** Completions that are meant, by key: of several stores that hold one, the first is asked. */
function findMeant(
  stores: readonly Store[],
  ids: readonly string[],
  flags: FilterFlags,
): ReadonlyMap<string, ProviderCompletion> {
  const filter = readFilter(flags);
  const filters = Object.keys(filter).length > 0;
  if (ids.length === 0 && !filters)
    throw new Stop(exit.usage, "say which", "by their ids, or with --model, --step or --metadata");
  if (ids.length > 0 && filters) throw new Stop(exit.usage, "say which by ids or by flags, not by both");
  const all = { completions: (one: CompletionFilter) => completionsOf(stores, one) };
  const found = ids.length > 0 ? ids.map((id) => findCompletion(all, id)) : all.completions(filter);
  const meant = new Map<string, ProviderCompletion>();
  // Texts are let go of: there may be many.
  const add = ({ key, provider, answer }: CompletionRecord) =>
    meant.set(key, { key, provider, answer: { ...answer, output_text: "", tool_calls: [], logprobs: null } });
  for (const completion of found) add(completion);
  const origins = new Set([...meant.values()].map(originOf));
  origins.delete(undefined);
  // What was copied from its provider is the same completion under another key.
  if (origins.size > 0)
    for (const completion of all.completions({})) if (origins.has(originOf(completion))) add(completion);
  return meant;
}

/** The same for a completion and its copies. */
function nameOf(completion: ProviderCompletion): string {
  return originOf(completion) ?? completion.key;
}

function countOrigins(completions: Iterable<ProviderCompletion>): number {
  return new Set([...completions].map(nameOf)).size;
}

function originOf({ provider, answer }: ProviderCompletion): string | undefined {
  return answer.provider_id === null ? undefined : canonicalJson([provider, answer.provider_id]);
}

function* completionsOf(stores: readonly Store[], filter: CompletionFilter): Generator<CompletionRecord> {
  const seen = new Set<string>();
  for (const store of stores)
    for (const completion of store.completions(filter)) {
      if (seen.has(completion.key)) continue;
      seen.add(completion.key);
      yield completion;
    }
}

/** True where another process still reads what they were. */
async function deleteHere(
  stores: readonly Store[],
  keys: ReadonlySet<string>,
  reason = "deleted by hand",
): Promise<boolean> {
  let uncleared = false;
  for (const store of stores) {
    const erased = await store.erase({
      isMeant: ({ scope }) => keys.has(scope.completion as string),
      through: false,
      reason,
      dryRun: false,
    });
    if (erased === undefined)
      throw new Stop(exit.held, "a run is under way in this project", "wait for it, or stop it");
    uncleared ||= erased.uncleared;
  }
  return uncleared;
}

function refuseUncleared(): never {
  throw new Stop(
    exit.failed,
    "another process still reads the store: bytes of what is deleted are left in its database",
    "let it finish; the next distill store erase clears them, whatever it is about",
  );
}
