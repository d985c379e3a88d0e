import { findStoreRoot } from "../runner/project.ts";
import { openStore, openStoreIfPresent } from "../runner/store/open-store.ts";
import { listReplays, removeLeavings, removeReplay, replayBytes } from "../runner/store/replays.ts";
import type { Collected, Damage, Keep } from "../runner/store.ts";
import { formatBytes, formatCounted } from "../steps/format.ts";
import { exit } from "./exit.ts";
import { findLocks } from "./find-locks.ts";
import { Stop } from "./stop.ts";

/** Flags of `distill store gc`. */
export interface GcFlags {
  readonly answers?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `distill store gc`: removes what neither the lock of any branch nor the newest run of any spec needs, and replays. */
export async function clearStore(flags: GcFlags): Promise<void> {
  const dryRun = flags.dryRun === true;
  const root = findStoreRoot(process.cwd());
  const damage: Damage[] = [];
  const store = openStoreIfPresent(root, { onDamage: (one) => damage.push(one) });
  try {
    const locks = store === undefined ? [] : await findLocks(root);
    const keep = { named: digestsIn(locks), dropAnswers: flags.answers === true, dryRun };
    const collected = store === undefined ? nothing : store.collect(keep);
    if (collected === undefined)
      throw new Stop(exit.held, "a run is under way in this project", "wait for it, or stop it");
    const replays = clearReplays(root, dryRun);
    const all = { ...collected, bytes: collected.bytes + replays.bytes };
    process.stdout.write(
      flags.json === true
        ? `${JSON.stringify({ dry_run: dryRun, ...all, replays: { removed: replays.removed, kept: replays.kept } })}\n`
        : formatCollected(all, replays, keep),
    );
  } finally {
    store?.close();
  }
  if (damage.length > 0)
    throw new Stop(
      exit.failed,
      `${formatCounted(damage.length, "damaged value")} came to light and ${damage.length === 1 ? "was" : "were"} set aside.`,
      "distill store verify tells all that is damaged",
    );
}

const nothing: Collected = {
  steps: { removed: 0, kept: 0 },
  files: { removed: 0, kept: 0 },
  answers: { removed: 0, kept: 0 },
  damaged: 0,
  bytes: 0,
  unlinked: 0,
};

interface ClearedReplays {
  readonly removed: number;
  readonly kept: number;
  readonly bytes: number;
}

/** A replay can be replayed again. Only one in which something was erased stays: its tombstones keep that out. */
function clearReplays(root: string, dryRun: boolean): ClearedReplays {
  let [removed, kept, bytes] = [0, 0, 0];
  for (const replay of listReplays(root)) {
    const size = replayBytes(root, replay);
    if (hasTombstones(root, replay) || !removeReplay(root, replay, dryRun)) kept += 1;
    else [removed, bytes] = [removed + 1, bytes + size];
  }
  if (!dryRun) removeLeavings(root);
  return { removed, kept, bytes };
}

function hasTombstones(root: string, replay: string): boolean {
  const store = openStore(root, { replay });
  try {
    return [...store.tombstones()].length > 0;
  } finally {
    store.close();
  }
}

/** Whatever the state of a lock, of a merge that nobody ran or of a newer version: what it needs, it names. */
function digestsIn(locks: readonly string[]): ReadonlySet<string> {
  return new Set(locks.flatMap((text) => text.match(/(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g) ?? []));
}

function formatCollected(
  collected: Collected,
  replays: ClearedReplays,
  { dropAnswers, dryRun }: Keep,
): string {
  const { steps, files, answers, damaged, bytes, unlinked } = collected;
  const removed = formatAll([
    [steps.removed, "step"],
    [files.removed, "file"],
    [answers.removed, "answer"],
    [damaged, "damaged value"],
    [replays.removed, "replay"],
  ]);
  const needed = formatAll([
    [steps.kept, "step"],
    [files.kept, "file"],
    [dropAnswers ? answers.kept : 0, "answer"],
  ]);
  return [
    removed === ""
      ? "nothing to remove"
      : `${dryRun ? "would remove" : "removed"} ${removed} (${formatBytes(bytes)})`,
    ...(needed === "" ? [] : [`kept ${needed}, which locks or the newest runs need`]),
    ...(dropAnswers || answers.kept === 0
      ? []
      : [`kept ${formatCounted(answers.kept, "answer")}: answers cost money, and go only with --answers`]),
    ...(replays.kept === 0
      ? []
      : [`kept ${formatCounted(replays.kept, "replay")}, at work or with something erased in it`]),
    ...(unlinked === 0
      ? []
      : [
          `kept all answers: of ${formatCounted(unlinked, "step")} it was never written down which are theirs`,
        ]),
    "",
  ].join("\n");
}

function formatAll(counts: readonly (readonly [number, string])[]): string {
  return counts
    .filter(([count]) => count > 0)
    .map(([count, noun]) => formatCounted(count, noun))
    .join(", ");
}
