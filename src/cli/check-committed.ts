import { readFileSync, statSync } from "node:fs";
import { readResults } from "../report/read-results.ts";
import type { Results } from "../report/results.ts";
import { readCommitted } from "../runner/committed.ts";
import { type ReadEvidence, readEvidence } from "../runner/evidence.ts";
import { type Lock, readLock, readLockLoosely } from "../runner/lock.ts";
import { findLockFaults, lineOf } from "../runner/lock-faults.ts";
import type { Plan } from "../runner/plan.ts";
import { resolveProjectPath, shownPath } from "../runner/project.ts";
import { evidencePath, lockPath, verdictOf } from "../runner/run.ts";
import { hashFile } from "../runner/store/files.ts";
import { exit } from "./exit.ts";
import { followingDigest } from "./following-digest.ts";
import { readLookCommits } from "./look-commits.ts";
import { Stop } from "./stop.ts";
import { drawReport, reportPath, strayCharts } from "./write-report.ts";

/** Something committed that does not fit, and where. */
export interface MisfitPlace {
  /** The file, relative to the current folder. */
  readonly file: string;
  /** From 1. */
  readonly line?: number | undefined;
  readonly message: string;
}

/** One line of what was checked. */
export interface Checked {
  readonly what: string;
  readonly told: string;
}

/** What came of checking committed files. */
export interface CommittedCheck {
  readonly checked: readonly Checked[];
  /** Empty where all fits. */
  readonly faults: readonly MisfitPlace[];
  readonly verdict: string | null;
}

/**
 * Checks lock, evidence and report beside a spec against each other and against it, with nothing but these files.
 * `lockOnly`: only whether the lock is whole and of this spec.
 *
 * @throws Stop where there is no lock, or a newer one
 */
export async function checkCommitted(plan: Plan, lockOnly: boolean): Promise<CommittedCheck> {
  const faults: MisfitPlace[] = [];
  const checked: Checked[] = [];
  const shown = (path: string) => shownPath(path, process.cwd());
  const files = {
    spec: plan.spec.document.file,
    lock: shown(lockPath(plan)),
    evidence: shown(evidencePath(plan)),
  };
  const lockText = readIfThere(lockPath(plan));
  if (lockText === undefined)
    throw new Stop(exit.failed, `there is no ${files.lock}`, `distill run ${files.spec} writes it`);
  const state = readLock(lockText);
  if (state.state === "newer")
    throw new Stop(
      exit.usage,
      `${files.lock} was written by a newer distill (version ${state.version})`,
      "upgrade distill, then verify again",
    );
  const lockFaults = findLockFaults(lockText);
  for (const { line, message } of lockFaults) faults.push({ file: files.lock, line, message });
  if (state.state === "stale" && lockFaults.length === 0)
    faults.push({ file: files.lock, line: 1, message: state.reason });
  if (faults.length === 0) checked.push({ what: files.lock, told: "digest fits" });
  const lock = readLockLoosely(lockText);
  if (lock === undefined) return { checked, faults, verdict: null };

  await checkSources(plan, lock, (message, start) =>
    faults.push({ file: files.lock, line: lineOf(lock.text, start), message }),
  );
  const evidenceText = readIfThere(evidencePath(plan));
  const evidence = evidenceText === undefined ? undefined : readEvidence(evidenceText);
  if (evidence === undefined) faults.push({ file: files.evidence, message: "it is not there" });
  else checkEvidence(evidence, lock, files, faults, checked);

  const {
    contents,
    recomputed,
    faults: found,
  } = readCommitted({
    plan,
    lock,
    evidence,
    figures: !lockOnly,
  });
  for (const { file, line, message } of found)
    if (!lockOnly || file !== "evidence") faults.push({ file: files[file], line, message });
  const keys = lock.steps.size;
  checked.push({ what: "steps", told: `${keys} keys computed again from the spec` });
  if (lockOnly) return { checked, faults: unique(faults), verdict: lock.verdict };

  if (recomputed.length > 0)
    checked.push({
      what: "figures",
      told: `${recomputed.reduce((sum, { figures }) => sum + figures, 0)} of ${recomputed.map(({ step }) => step).join(", ")} recomputed`,
    });
  for (const one of checkFollowing(plan, lock, contents)) faults.push({ file: files.lock, ...one });
  const verdict = verdictOf(plan, contents);
  if (verdict !== lock.verdict)
    faults.push({
      file: files.lock,
      line: lineOf(lock.text, "verdict:"),
      message: `the verdict is ${lock.verdict} in the lock, and ${verdict} by the evidence`,
    });
  else checked.push({ what: "verdict", told: `${verdict?.toUpperCase() ?? "none"}, as committed` });

  // A report over faults would only say them again.
  if (faults.length === 0) faults.push(...(await checkReport(plan, readResults(plan, contents), shown)));
  if (faults.length === 0)
    checked.push({ what: shown(reportPath(plan)), told: "says what lock and evidence say" });
  for (const [name, { seen }] of lock.looks) {
    const commits = await readLookCommits(
      plan,
      seen.map(({ results }) => results),
    );
    checked.push({
      what: `${name}`,
      told: `looked at ${seen.length === 1 ? "once" : `${seen.length} times`}${commits === undefined ? "" : ` (${commits.join(", ")})`}`,
    });
  }
  return { checked, faults: unique(faults), verdict };
}

function checkEvidence(
  evidence: ReadEvidence,
  lock: Lock,
  files: { readonly evidence: string; readonly lock: string },
  faults: MisfitPlace[],
  checked: Checked[],
): void {
  for (const { line, message } of evidence.faults) faults.push({ file: files.evidence, line, message });
  for (const [step, { evidence: digest }] of lock.steps)
    if (digest !== evidence.digests[step])
      faults.push({
        file: files.evidence,
        message: `the lines of step ${step} are not those that the lock names`,
      });
  for (const step of evidence.steps.keys())
    if (!lock.steps.has(step))
      faults.push({
        file: files.evidence,
        message: `the lock has no step ${step} that these lines could be of`,
      });
  if (evidence.digest === lock.evidence) {
    const lines = [...evidence.steps.values()].reduce((sum, all) => sum + all.length, 0);
    checked.push({ what: files.evidence, told: `${lines.toLocaleString("en-US")} lines, digest fits` });
  } else if (faults.length === 0)
    faults.push({ file: files.evidence, line: 1, message: "it is not the one that the lock names" });
}

/** The report and its charts must be what is drawn of the results, and nothing besides. */
async function checkReport(
  plan: Plan,
  results: Results,
  shown: (path: string) => string,
): Promise<readonly MisfitPlace[]> {
  const files = await drawReport(plan, results);
  const differing = files.flatMap(({ path, content }): readonly MisfitPlace[] => {
    const committed = readIfThere(path);
    if (committed === content) return [];
    return committed === undefined
      ? [{ file: shown(path), message: "it is not there" }]
      : [
          {
            file: shown(path),
            line: firstDifference(committed, content),
            message: "it does not say what lock and evidence say",
          },
        ];
  });
  const stray = strayCharts(plan, files).map((path) => ({
    file: shown(path),
    message: "the report has no such chart",
  }));
  return [...differing, ...stray];
}

/** Files that are here must be those that the lock names; a clone may lack them. */
async function checkSources(
  plan: Plan,
  lock: Lock,
  fault: (message: string, start: string) => void,
): Promise<void> {
  const named = [
    ...[...plan.spec.datasets].map(([name, { path }]) => ({
      path,
      digest: lock.sources[name],
      start: `  ${name}:`,
    })),
    ...Object.entries(lock.files).map(([path, digest]) => ({ path, digest, start: `  ${path}:` })),
  ];
  for (const { path, digest, start } of named) {
    const found = resolveProjectPath(plan.spec.root, plan.spec.file, path);
    if (found.ok && (await hashFile(found.path)) !== digest)
      fault(`${path} is not the file that the lock names`, start);
  }
}

/** What follows from the facts alone must be what the lock names: a verdict, a cascade's threshold. */
function checkFollowing(
  plan: Plan,
  lock: Lock,
  contents: Parameters<typeof readResults>[1],
): readonly { readonly line: number | undefined; readonly message: string }[] {
  return plan.nodes.flatMap((node) => {
    const follows = followingDigest(node, contents);
    return follows === undefined || follows.digest === lock.steps.get(node.id)?.outputs[follows.output]
      ? []
      : [
          {
            line: lineOf(lock.text, `  ${node.id}:`),
            message: `step ${node.id}: its ${follows.output} is not the one that the evidence gives`,
          },
        ];
  });
}

function unique(faults: readonly MisfitPlace[]): readonly MisfitPlace[] {
  return [...new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values()];
}

function firstDifference(committed: string, now: string): number {
  const lines = now.split("\n");
  return committed.split("\n").findIndex((line, at) => line !== lines[at]) + 1 || lines.length;
}

function readIfThere(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
    ? readFileSync(path, "utf8")
    : undefined;
}
