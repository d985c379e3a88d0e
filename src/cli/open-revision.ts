import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix, relative, sep } from "node:path";
import * as validators from "#validators";
import { loadPlan } from "../runner/load.ts";
import { type ReadLock, readLock } from "../runner/lock.ts";
import type { Plan } from "../runner/plan.ts";
import { exit } from "./exit.ts";
import { readBlob, resolveCommit, runGit } from "./git.ts";
import { registry } from "./registry.ts";
import { Stop } from "./stop.ts";

/** A spec as a revision has it, with what stands beside it. */
export interface Revision {
  readonly commit: string;
  /** Undefined where the spec is not there or does not validate. */
  readonly plan: Plan | undefined;
  readonly lock: ReadLock | undefined;
  /** The text of a file named after the spec, such as `.evidence.jsonl`; undefined where there is none. */
  beside(ending: string): string | undefined;
  /** Removes what was laid out. */
  close(): void;
}

/**
 * Reads a spec from a revision. Its files are laid into a temporary folder, so that it is planned as any other;
 * they are read from git's objects, and nothing of the repository's own configuration touches them.
 * @throws Stop where the revision is none, or has no such spec
 */
export async function openRevision(options: {
  readonly root: string;
  /** Absolute. */
  readonly specFile: string;
  readonly rev: string;
}): Promise<Revision> {
  const { root, specFile, rev } = options;
  const commit = await resolveCommit(root, rev);
  const path = relative(root, specFile).split(sep).join("/");
  const blobs = await listBlobs(root, commit);
  const spec = blobs.get(path);
  if (spec === undefined) throw new Stop(exit.usage, `${path} is not in ${rev}`);
  const folder = mkdtempSync(join(tmpdir(), "distill-revision-"));
  const close = () => rmSync(folder, { recursive: true, force: true });
  try {
    mkdirSync(join(folder, ".git"));
    const text = await readText(root, spec);
    const stem = path.replace(/\.ya?ml$/i, "");
    const beside = new Map<string, string>();
    for (const ending of [".lock", ".evidence.jsonl", ".report.md"]) {
      const blob = blobs.get(`${stem}${ending}`);
      if (blob !== undefined) beside.set(ending, await readText(root, blob));
    }
    layOut(folder, path, text);
    for (const named of namedPaths(text, posix.dirname(path), blobs)) {
      const content = await readBlob(root, blobs.get(named)!);
      if (content !== undefined) layOut(folder, named, content);
    }
    const planning = loadPlan({
      file: join(folder, path),
      registry,
      validators,
      cwd: join(folder, relative(root, process.cwd())),
    });
    const lock = beside.get(".lock");
    return {
      commit,
      plan: planning.ok ? planning.plan : undefined,
      lock: lock === undefined ? undefined : readLock(lock),
      beside: (ending) => beside.get(ending),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Plain files of a commit by path; links and submodules are none. */
async function listBlobs(root: string, commit: string): Promise<ReadonlyMap<string, string>> {
  const listed = await runGit(root, ["ls-tree", "-r", "-z", "--full-tree", commit]);
  if (!listed.ok) throw new Stop(exit.failed, `git cannot list ${commit}: ${listed.reason}`);
  return new Map(
    listed.stdout.split("\0").flatMap((entry) => {
      const [, blob, path] = entry.match(/^100(?:644|755) blob ([0-9a-f]+)\t([\s\S]+)$/) ?? [];
      return blob === undefined || path === undefined ? [] : [[path, blob] as const];
    }),
  );
}

/** Whatever the spec's words name that is a file of the commit: more than it needs does no harm. */
function namedPaths(text: string, folder: string, blobs: ReadonlyMap<string, string>): ReadonlySet<string> {
  const named = new Set<string>();
  for (const [word] of text.matchAll(/[^\s"'{}[\],]+/g)) {
    const path = posix.normalize(posix.join(folder, word));
    if (blobs.has(path)) named.add(path);
  }
  for (const [, quoted = ""] of text.matchAll(/["']([^"'\n]+)["']/g)) {
    const path = posix.normalize(posix.join(folder, quoted));
    if (blobs.has(path)) named.add(path);
  }
  return named;
}

async function readText(root: string, blob: string): Promise<string> {
  return new TextDecoder().decode((await readBlob(root, blob)) ?? new Uint8Array());
}

// A path of git's tree never leads out: it has no "..", and no link was laid out before it.
function layOut(folder: string, path: string, content: string | Uint8Array): void {
  const target = join(folder, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, content);
}
