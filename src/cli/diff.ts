import { readFileSync, statSync } from "node:fs";
import { compareStates } from "../report/diff/compare-states.ts";
import { formatComment } from "../report/diff/format-comment.ts";
import { formatDifference } from "../report/diff/format-difference.ts";
import type { Freshness, State } from "../report/diff/state.ts";
import { readResults } from "../report/read-results.ts";
import { readCommitted } from "../runner/committed.ts";
import { readEvidence } from "../runner/evidence.ts";
import { type ReadLock, readLock } from "../runner/lock.ts";
import type { Plan } from "../runner/plan.ts";
import { evidencePath, lockPath } from "../runner/run.ts";
import { exit } from "./exit.ts";
import { findSpec } from "./find-spec.ts";
import { openRevision } from "./open-revision.ts";
import { openSpec, type SpecOptions } from "./open-spec.ts";
import { Stop } from "./stop.ts";

/** Flags of `distill diff`. */
export interface DiffFlags extends SpecOptions {
  readonly spec?: string;
  /** As the body of a comment on a pull request. */
  readonly markdown?: boolean;
}

/** `distill diff [REV] [REV]`: what is committed on one side against the other; the working tree where one is left out. */
export async function diff(
  from: string | undefined,
  to: string | undefined,
  flags: DiffFlags,
): Promise<void> {
  const file = findSpec(flags.spec);
  const plan = await openSpec(file, flags);
  const closing: (() => Promise<void> | void)[] = [];
  const open = async (rev: string): Promise<State> => {
    const revision = await openRevision({ root: plan.spec.root, specFile: plan.spec.file, rev });
    closing.push(() => revision.close());
    if (revision.plan === undefined)
      throw new Stop(
        exit.failed,
        `${plan.spec.document.file} does not validate in ${rev}`,
        "compare with another revision",
      );
    return readState({
      label: rev,
      plan: revision.plan,
      lock: revision.lock,
      evidence: revision.beside(".evidence.jsonl"),
    });
  };
  try {
    const before = await open(from ?? "HEAD");
    const after =
      to === undefined
        ? readState({
            label: "the working tree",
            plan,
            lock: lockBeside(plan),
            evidence: readIfThere(evidencePath(plan)),
          })
        : await open(to);
    const difference = compareStates(before, after);
    process.stdout.write(
      flags.json === true
        ? `${JSON.stringify(difference)}\n`
        : flags.markdown === true
          ? formatComment(difference)
          : formatDifference(difference),
    );
  } finally {
    for (const close of closing) await close();
  }
}

function readState({
  label,
  plan,
  lock,
  evidence,
}: {
  readonly label: string;
  readonly plan: Plan;
  readonly lock: ReadLock | undefined;
  readonly evidence: string | undefined;
}): State {
  const run = `distill run ${plan.spec.document.file}`;
  if (lock === undefined)
    return {
      label,
      plan,
      committed: undefined,
      freshness: { state: "missing", reason: `no lock is committed; ${run} writes it` },
    };
  if (lock.state !== "good")
    return {
      label,
      plan,
      committed: undefined,
      freshness: {
        state: "stale",
        reason:
          lock.state === "newer" ? "a newer distill wrote the lock" : `${lock.reason}; ${run} renews it`,
      },
    };
  const found = evidence === undefined ? undefined : readEvidence(evidence);
  // Evidence that the lock does not name says nothing of it.
  const read = found?.digest === lock.lock.evidence ? found : undefined;
  const { contents, faults } = readCommitted({ plan, lock: lock.lock, evidence: read });
  const [first] = faults;
  const freshness: Freshness =
    first === undefined
      ? { state: "fresh" }
      : { state: "stale", reason: `${first.message}; ${run} renews them` };
  return {
    label,
    plan,
    committed: {
      lock: lock.lock,
      evidence: faults.some(({ file }) => file === "evidence") ? undefined : read,
      contents,
      results: readResults(plan, contents),
    },
    freshness,
  };
}

function lockBeside(plan: Plan): ReadLock | undefined {
  const text = readIfThere(lockPath(plan));
  return text === undefined ? undefined : readLock(text);
}

function readIfThere(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
    ? readFileSync(path, "utf8")
    : undefined;
}
