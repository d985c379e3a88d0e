import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, posix, relative, resolve, sep } from "node:path";
import * as validators from "#validators";
import type { Diagnostic } from "../runner/diagnostic.ts";
import { readDocument } from "../runner/document.ts";
import { loadPlan } from "../runner/load.ts";
import { type Lock, type ReadLock, readLock } from "../runner/lock.ts";
import type { Plan, Planning } from "../runner/plan.ts";
import { isInside } from "../runner/project.ts";
import type { Json } from "../runner/row.ts";
import { isObject } from "../runner/spec.ts";
import { hashFile } from "../runner/store/files.ts";
import { exit } from "./exit.ts";
import { findCommit } from "./git.ts";
import { type CommittedFiles, openCommittedFiles } from "./lay-out-files.ts";
import { registry } from "./registry.ts";
import { Stop } from "./stop.ts";

/** A spec as it stands in a revision, with what was committed beside it. */
export interface Revision {
  readonly commit: string;
  /** False where the revision has no such spec. */
  readonly hasSpec: boolean;
  /** Undefined where the spec is not there or does not validate; `diagnostics` then says why. */
  readonly plan: Plan | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly lock: ReadLock | undefined;
  /** What is known of its files in another way than by reading them, each as a sentence. */
  readonly notes: readonly string[];
  /** The text of a file that is called like the spec but for its extension, such as `.report.md`. */
  beside(extension: string): string | undefined;
  /** sha256 of a file that the plan names; where git has no content of it, what is known of it otherwise. */
  digest(path: string): Promise<string>;
  /** Removes what was laid out. */
  close(): void;
}

/**
 * Reads a spec from a revision: it and the files that its texts name are laid into a temporary folder. Nothing is
 * checked out, no link is followed, nothing that the repository names is run.
 *
 * @throws Stop where git knows no such revision or cannot read it
 */
export async function openRevision(options: {
  readonly root: string;
  readonly specFile: string;
  readonly rev: string;
  /** Values of `--set`; those that the revision's spec declares are used. */
  readonly set?: readonly string[] | undefined;
}): Promise<Revision> {
  const { root, rev } = options;
  const commit = await findCommit(root, rev);
  const file = join(realpathSync(dirname(resolve(options.specFile))), basename(options.specFile));
  const spec = relative(root, file).split(sep).join("/");
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "distill-revision-")));
  const close = () => rmSync(folder, { recursive: true, force: true });
  try {
    const files = await openCommittedFiles({ root, commit, rev, folder });
    // The mark by which the project's root is found.
    mkdirSync(join(folder, ".git"));
    const beside = (extension: string) => `${spec.replace(/\.ya?ml$/i, "")}${extension}`;
    for (const path of [spec, ...[".lock", ".evidence.jsonl", ".report.md"].map(beside)])
      await files.lay(path);
    const read = (path: string) => (files.has(path) ? readFileSync(join(folder, path), "utf8") : undefined);
    const lockText = read(beside(".lock"));
    const lock = lockText === undefined ? undefined : readLock(lockText);
    const planning = await planLaidOut({ ...options, spec, folder, files });
    const plan = planning.ok ? planning.plan : undefined;
    if (plan !== undefined && lock?.state === "good") tellContents(files, plan, lock.lock);
    return {
      commit,
      hasSpec: files.has(spec),
      plan,
      diagnostics: planning.diagnostics,
      lock,
      notes: files.notes,
      beside: (extension) => read(beside(extension)),
      digest: async (path) =>
        files.contentless.has(path) ? (files.contentless.get(path) ?? "not known") : await hashFile(path),
      close,
    };
  } catch (error) {
    close();
    // A tree can be made that no file system takes.
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new Stop(exit.failed, `${spec} of ${rev} cannot be laid out: ${error.message}`);
  }
}

/** Plans a spec that was laid out, with the files that it names beside it. */
async function planLaidOut(options: {
  readonly root: string;
  readonly rev: string;
  readonly set?: readonly string[] | undefined;
  readonly spec: string;
  readonly folder: string;
  readonly files: CommittedFiles;
}): Promise<Planning> {
  const { root, rev, set = [], spec, folder, files } = options;
  if (!files.has(spec))
    return {
      ok: false,
      diagnostics: [{ severity: "error", message: `${rev} has no such file`, file: spec }],
    };
  const text = readFileSync(join(folder, spec));
  const data = readDocument({ text, file: spec }).document?.data ?? {};
  for (const path of namedPaths(data, spec)) await files.lay(path);
  const declared = isObject(data.vars) ? data.vars : {};
  const settings = set.map((setting) => setting.split(/=(.*)/s) as [string, string]);
  return loadPlan({
    file: join(folder, spec),
    registry,
    validators,
    // A variable that came later is unknown to the revision, and no fault of it.
    vars: Object.fromEntries(settings.filter(([name]) => Object.hasOwn(declared, name))),
    // So that places are shown as those of the working tree are.
    cwd: join(folder, isInside(root, process.cwd()) ? relative(root, process.cwd()) : ""),
  });
}

/** Paths from the root that texts of a spec may mean, from the spec's folder on; none leads above the root. */
function namedPaths(data: Json, spec: string): ReadonlySet<string> {
  const paths = new Set<string>();
  const visit = (value: Json): void => {
    if (typeof value === "string") {
      const path = posix.normalize(posix.join(posix.dirname(spec), value));
      if (!path.startsWith("../") && !value.includes("\0") && value.length <= longestPath) paths.add(path);
    } else if (value !== null && typeof value === "object")
      for (const one of Object.values(value)) visit(one);
  };
  visit(data);
  return paths;
}

const longestPath = 4096;

// What git has no content of, the lock may know.
function tellContents({ contentless }: CommittedFiles, plan: Plan, lock: Lock): void {
  const digests = [
    ...[...plan.files].map(([dataset, path]) => [path, lock.sources[dataset]] as const),
    ...Object.entries(lock.files).map(
      ([path, digest]) => [resolve(plan.spec.file, "..", path), digest] as const,
    ),
  ];
  for (const [path, digest] of digests)
    if (contentless.has(path)) contentless.set(path, contentless.get(path) ?? digest);
}
