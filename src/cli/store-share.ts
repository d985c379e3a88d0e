import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type ReadLock, readLock } from "../runner/lock.ts";
import { findProjectRoot, shownPath } from "../runner/project.ts";
import { printable } from "../runner/sanitize.ts";
import { directoryRemote } from "../runner/shared-store/directory-remote.ts";
import { neededSteps } from "../runner/shared-store/needed-steps.ts";
import { pullSteps } from "../runner/shared-store/pull.ts";
import { pushSteps } from "../runner/shared-store/push.ts";
import type { Transfer } from "../runner/shared-store/transfer.ts";
import { specName } from "../runner/spec-name.ts";
import { openStore, openStoreIfPresent } from "../runner/store/open-store.ts";
import type { Damage, Store } from "../runner/store.ts";
import { formatBytes, formatCount, formatCounted } from "../steps/format.ts";
import { exit } from "./exit.ts";
import { findSpec } from "./find-spec.ts";
import { openProgressLine } from "./progress-line.ts";
import { Stop } from "./stop.ts";

/** Flags of `distill store push` and `distill store pull`. */
export interface ShareFlags {
  readonly json?: boolean;
}

/** `distill store push`: what the locks of these specs need, to a directory that others pull from. */
export async function pushStore(
  directory: string,
  specs: readonly string[],
  flags: ShareFlags,
): Promise<void> {
  await share({ directory, specs, flags, way: push });
}

/** `distill store pull`: what the locks of these specs need, from a directory that others pushed to. */
export async function pullStore(
  directory: string,
  specs: readonly string[],
  flags: ShareFlags,
): Promise<void> {
  await share({ directory, specs, flags, way: pull });
}

/** What differs between the two ways, in code and words. */
interface Way {
  readonly transfer: typeof pushSteps;
  open(root: string, onDamage: (damage: Damage) => void): Store;
  prepare(directory: string): void;
  readonly did: string;
  /** Introduces the steps that are not where they should come from. */
  missing(directory: string): string;
  /** Introduces the steps whose outputs in this store are others. */
  readonly other: string;
  readonly mend: string;
}

const push: Way = {
  transfer: pushSteps,
  open(root, onDamage) {
    const store = openStoreIfPresent(root, { onDamage });
    if (store === undefined)
      throw new Stop(
        exit.failed,
        "nothing is stored in this project yet",
        "distill run makes what is to be pushed",
      );
    return store;
  },
  prepare(directory) {
    // Only the last part: where a share is not mounted, the rest of its path is often there.
    if (!existsSync(directory) && existsSync(dirname(resolve(directory)))) mkdirSync(directory);
  },
  did: "pushed",
  missing: () => "not in this store",
  other: "left out, for this store has other outputs than the lock says",
  mend: "what this store has of it was written anew; remove the rest of it there, for it is of no use",
};

const pull: Way = {
  transfer: pullSteps,
  open: (root, onDamage) => openStore(root, { onDamage }),
  prepare: () => {},
  did: "pulled",
  missing: (directory) => `not in ${directory}`,
  other: "left as they are here, with other outputs than the lock says",
  mend: "distill store push, from where it is still whole, brings it back",
};

async function share(options: {
  readonly directory: string;
  readonly specs: readonly string[];
  readonly flags: ShareFlags;
  readonly way: Way;
}): Promise<void> {
  const { directory, specs, flags, way } = options;
  const { root, locks } = readLocks(specs.length === 0 ? [findSpec(undefined)] : specs);
  const needed = neededSteps(locks);
  const damage: Damage[] = [];
  const store = way.open(root, (one) => damage.push(one));
  const progress = openProgressLine(flags.json !== true);
  try {
    way.prepare(directory);
    const transfer = await way.transfer({
      store,
      remote: directoryRemote(directory),
      needed,
      onProgress: (done, bytes) =>
        progress.show(
          `${formatCount(done)} of ${formatCounted(needed.length, "step")}, ${formatBytes(bytes)}`,
        ),
    });
    progress.clear();
    process.stdout.write(
      flags.json === true
        ? `${JSON.stringify(toFacts({ directory, transfer, damage }))}\n`
        : formatTransfer({ directory, way, transfer, damage }),
    );
    if (transfer.damaged.length + damage.length > 0)
      throw new Stop(exit.failed, "What is damaged was refused.", way.mend);
  } finally {
    progress.clear();
    store.close();
  }
}

/** The locks beside specs of one project. */
function readLocks(specs: readonly string[]): {
  readonly root: string;
  readonly locks: readonly { readonly spec: string; readonly lock: ReadLock }[];
} {
  const roots = new Set(specs.map(findProjectRoot));
  if (roots.size > 1)
    throw new Stop(
      exit.usage,
      "these specs are of several projects, and each has a store of its own",
      "name them apart",
    );
  const [root = ""] = roots;
  return {
    root,
    locks: specs.map((spec) => ({ spec: specName({ file: resolve(spec), root }), lock: readLockOf(spec) })),
  };
}

function readLockOf(spec: string): ReadLock {
  const path = `${spec.replace(/\.ya?ml$/i, "")}.lock`;
  const shown = printable(shownPath(resolve(path), process.cwd()));
  if (!existsSync(path)) throw new Stop(exit.failed, `there is no ${shown}`, `distill run ${spec} writes it`);
  const lock = readLock(readFileSync(path, "utf8"));
  if (lock.state === "newer")
    throw new Stop(
      exit.usage,
      `${shown} was written by a newer distill (format ${lock.version})`,
      "upgrade distill",
    );
  if (lock.state === "stale")
    process.stderr.write(`${shown} is stale: ${lock.reason}. What it names all the same is taken.\n`);
  return lock;
}

function toFacts(options: {
  readonly directory: string;
  readonly transfer: Transfer;
  readonly damage: readonly Damage[];
}) {
  const { directory, damage } = options;
  const { otherAnswers, erasedAnswers, damaged, ...rest } = options.transfer;
  return {
    directory,
    ...rest,
    other_answers: otherAnswers,
    erased_answers: erasedAnswers,
    damaged,
    damaged_here: damage,
  };
}

function formatTransfer(options: {
  readonly directory: string;
  readonly way: Way;
  readonly transfer: Transfer;
  readonly damage: readonly Damage[];
}): string {
  const { way, transfer, damage } = options;
  const directory = printable(options.directory);
  const { missing, other, refused, erased, otherAnswers, erasedAnswers, damaged } = transfer;
  const told = (what: string, ids: readonly string[]) =>
    ids.length === 0 ? [] : [`${what}: ${ids.map(printable).join(", ")}`];
  return [
    formatCounts(way.did, transfer),
    ...told(way.missing(directory), missing),
    ...told(way.other, other),
    ...(otherAnswers === 0
      ? []
      : [
          `${formatCounted(otherAnswers, "answer")} here say${otherAnswers === 1 ? "s" : ""} something else, and stand${otherAnswers === 1 ? "s" : ""}`,
        ]),
    ...told("left out, for something of it is damaged", refused),
    ...told("left out, for something of it was erased here", erased),
    ...(erasedAnswers === 0
      ? []
      : [
          `${formatCounted(erasedAnswers, "answer")} ${erasedAnswers === 1 ? "was" : "were"} erased here, and stay${erasedAnswers === 1 ? "s" : ""} out`,
        ]),
    ...(damaged.length === 0 ? [] : [`damaged in ${directory}:`]),
    ...damaged.map(({ name, detail }) => `  ${printable(name)}  ${detail}`),
    ...(damage.length === 0 ? [] : ["damaged in this store:"]),
    ...damage.map(({ what, key, detail }) => `  ${what}  ${key.slice(0, 16)}  ${printable(detail)}`),
    "",
  ].join("\n");
}

/** `pushed 9 steps, 14 files, 1,880 answers (6.2 MB); 3 files were there already`. */
function formatCounts(did: string, { steps, files, answers, bytes }: Transfer): string {
  const parts = [
    { ...steps, noun: "step" },
    { ...files, noun: "file" },
    { ...answers, noun: "answer" },
  ];
  const moved = parts.filter((part) => part.moved > 0).map((part) => formatCounted(part.moved, part.noun));
  const there = parts.filter((part) => part.there > 0).map((part) => formatCounted(part.there, part.noun));
  const were = there.length > 0 && `${there.join(", ")} ${isOne(parts) ? "was" : "were"} there already`;
  if (moved.length === 0) return were === false ? `nothing to be ${did}` : `nothing to be ${did}: ${were}`;
  return `${did} ${moved.join(", ")} (${formatBytes(bytes)})${were === false ? "" : `; ${were}`}`;
}

function isOne(parts: readonly { readonly there: number }[]): boolean {
  return parts.reduce((sum, { there }) => sum + there, 0) === 1;
}
