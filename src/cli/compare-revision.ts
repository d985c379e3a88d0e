import { type ComparedStep, comparePlans } from "../runner/compare-plans.ts";
import { type PlanContents, readContents } from "../runner/contents.ts";
import { type Lock, looksOfLock, type ReadLock } from "../runner/lock.ts";
import { openLooks } from "../runner/looks.ts";
import type { Plan } from "../runner/plan.ts";
import { goodLock, readLockBeside } from "../runner/run.ts";
import { hashFile } from "../runner/store/files.ts";
import type { Manifest, Store } from "../runner/store.ts";
import { manifestOfLocked, type Trace, type TracedStep, traceKeys } from "../runner/trace-keys.ts";
import { readLfsPointer } from "./lfs-pointer.ts";
import { openRevision, type Revision } from "./open-revision.ts";

/** A plan beside the one of a revision. */
export interface RevisionComparison {
  readonly rev: string;
  readonly commit: string;
  readonly steps: readonly ComparedStep[];
  readonly now: Trace;
  readonly before: Trace;
  /** Steps of the revision that are not in the spec any more, under any name. */
  readonly removed: readonly string[];
  /** What a reader should know of how this was found, each as a sentence. */
  readonly notes: readonly string[];
}

/**
 * Compares a plan with the one that a revision's spec makes. What steps gave is taken from the locks of both sides and
 * from the store, where there is one: a clone that has nothing but git is enough.
 *
 * @throws Stop where git knows no such revision or cannot read it
 */
export async function compareRevision(options: {
  readonly plan: Plan;
  readonly store: Store | undefined;
  readonly rev: string;
  readonly set?: readonly string[] | undefined;
}): Promise<RevisionComparison> {
  const { plan, store, rev, set } = options;
  const { root, file } = plan.spec;
  const revision = await openRevision({ root, specFile: file, rev, set });
  try {
    const own = readLockBeside(plan);
    const [ownLock, otherLock] = [goodLock(own), goodLock(revision.lock)];
    const now = await trace({
      plan,
      looks: own ?? revision.lock,
      store,
      digest: digestHere(store),
      known: knownBy([ownLock, otherLock], store),
    });
    const before =
      revision.plan === undefined
        ? new Map<string, TracedStep>()
        : await trace({
            plan: revision.plan,
            looks: revision.lock,
            store: undefined,
            digest: revision.digest,
            known: knownBy([otherLock, ownLock], store),
          });
    const steps = comparePlans({
      plan,
      now,
      before,
      isKept: (step) => step.settled && gaveTheSame(lockedUnder(otherLock, step.key), step.manifest),
      otherReason: (step, past) => reasonOf({ rev, revision, lock: otherLock, step, past }),
    });
    const stayed = new Set(steps.map(({ past }) => past?.id));
    return {
      rev,
      commit: revision.commit,
      steps,
      now,
      before,
      removed: [...before.keys()].filter((id) => !stayed.has(id)),
      notes: [...revision.notes, ...notesOn(rev, revision)],
    };
  } finally {
    revision.close();
  }
}

async function trace(options: {
  readonly plan: Plan;
  /** The lock whose looks at test rows count. */
  readonly looks: ReadLock | undefined;
  readonly store: Store | undefined;
  readonly digest: (path: string) => Promise<string>;
  readonly known: Parameters<typeof traceKeys>[2];
}): Promise<Trace> {
  const { plan, looks, store, digest, known } = options;
  const contents: PlanContents = await readContents(plan, digest);
  openLooks({ plan, contents, before: looksOfLock(looks), store });
  return traceKeys(plan, contents, known);
}

// A clone without the contents of git LFS has pointers in their place, which name them.
function digestHere(store: Store | undefined): (path: string) => Promise<string> {
  return async (path) => readLfsPointer(path) ?? (await (store?.digestFile(path) ?? hashFile(path)));
}

/** What a step gave by its key: as the first of these locks says that names it, else as the store does. */
function knownBy(
  locks: readonly (Lock | undefined)[],
  store: Store | undefined,
): Parameters<typeof traceKeys>[2] {
  return (key, node) => {
    const locked = locks.map((lock) => lockedUnder(lock, key)).find((step) => step !== undefined);
    const kept = store?.lookup(key);
    if (locked === undefined) return kept;
    // The store's knows more, where it is of the same outputs.
    return kept !== undefined && gaveTheSame(locked, kept) ? kept : manifestOfLocked(locked, node);
  };
}

function lockedUnder(lock: Lock | undefined, key: string) {
  return [...(lock?.steps.values() ?? [])].find((step) => step.key === key);
}

function gaveTheSame(locked: ReturnType<typeof lockedUnder>, manifest: Manifest | undefined): boolean {
  return (
    locked !== undefined &&
    manifest !== undefined &&
    Object.entries(manifest.outputs).every(([name, { digest }]) => locked.outputs[name] === digest)
  );
}

function reasonOf(options: {
  readonly rev: string;
  readonly revision: Revision;
  readonly lock: Lock | undefined;
  readonly step: TracedStep;
  readonly past: TracedStep | undefined;
}): string {
  const { rev, revision, lock, step, past } = options;
  if (past === undefined)
    return revision.plan !== undefined || !revision.hasSpec ? "new" : `not in the lock of ${rev}`;
  if (lock === undefined) return `not run in ${rev}`;
  if (lockedUnder(lock, step.key) !== undefined) return "run again, with another result";
  return `the lock of ${rev} is of another spec or distill`;
}

function notesOn(rev: string, { hasSpec, plan, lock, diagnostics }: Revision): readonly string[] {
  if (!hasSpec) return [];
  const [fault] = diagnostics.filter(({ severity }) => severity === "error");
  return [
    ...(plan === undefined
      ? [`the spec does not validate in ${rev} (${fault?.message}): only keys are compared`]
      : []),
    ...(lock === undefined ? [`${rev} has no lock: what was run there is not known`] : []),
    ...(lock?.state === "stale" ? [`the lock in ${rev} is stale: ${lock.reason}`] : []),
    ...(lock?.state === "newer" ? [`a newer distill wrote the lock in ${rev}`] : []),
  ];
}
