import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { exit } from "./exit.ts";
import { runGit } from "./git.ts";
import { readLfsPointer } from "./lfs-pointer.ts";
import { Stop } from "./stop.ts";

/** Files of a commit that can be laid into a folder, one by one. */
export interface CommittedFiles {
  /** True where the commit has a file of this path from the root, itself and not through a link. */
  has(path: string): boolean;
  /** Lays a file into the folder, at its own path; does nothing where the commit has none. */
  lay(path: string): Promise<void>;
  /** Absolute paths of files that lie there without their content, with its sha256 where that is known. */
  readonly contentless: Map<string, string | undefined>;
  /** Why they have none, each as a sentence. */
  readonly notes: readonly string[];
}

/**
 * Opens the files of a commit. Contents come from `git cat-file`: no filter and no textconv is applied, and links and
 * submodules are not followed; an empty file stands where one leads through them.
 *
 * @throws Stop where git cannot read the commit or a content
 */
export async function openCommittedFiles(options: {
  readonly root: string;
  readonly commit: string;
  /** What the commit is called in notes. */
  readonly rev: string;
  readonly folder: string;
}): Promise<CommittedFiles> {
  const { root, commit, rev, folder } = options;
  const tree = await listTree(root, commit);
  const contentless = new Map<string, string | undefined>();
  const notes: string[] = [];
  return {
    contentless,
    notes,
    has: (path) => tree.get(path)?.kind === "file",
    async lay(path) {
      const entry = findEntry(tree, path);
      const target = join(folder, path);
      if (entry === undefined || existsSync(target)) return;
      mkdirSync(dirname(target), { recursive: true });
      if (entry.kind !== "file") {
        writeFileSync(target, "");
        contentless.set(target, undefined);
        notes.push(`${path} leads through a ${entry.kind} in ${rev}, which is not followed`);
        return;
      }
      await writeBlob({ root, object: entry.object, target });
      const pointer = readLfsPointer(target);
      if (pointer === undefined) return;
      contentless.set(target, pointer);
      notes.push(`${path} is a git LFS pointer in ${rev}: its content is known by its sha256 alone`);
    },
  };
}

interface TreeEntry {
  readonly kind: "file" | "link" | "submodule";
  readonly object: string;
}

/** All files of a commit by their path from the root, as git writes it. */
async function listTree(root: string, commit: string): Promise<ReadonlyMap<string, TreeEntry>> {
  const listed = await runGit(root, ["ls-tree", "-r", "-z", "--full-tree", commit]);
  if (!listed.ok) throw new Stop(exit.failed, `git cannot list ${commit.slice(0, 12)}: ${listed.reason}`);
  const entries = listed.stdout.toString().split("\0");
  return new Map(
    entries.flatMap((entry) => {
      const [, mode, object, path] = entry.match(/^(\d{6}) \w+ ([0-9a-f]+)\t(.+)$/s) ?? [];
      return mode === undefined || object === undefined || path === undefined
        ? []
        : [[path, { kind: kindOf(mode), object }] as const];
    }),
  );
}

function kindOf(mode: string): TreeEntry["kind"] {
  if (mode.startsWith("100")) return "file";
  return mode === "160000" ? "submodule" : "link";
}

/** The entry of a path, or the link or submodule that the way to it leads through. */
function findEntry(tree: ReadonlyMap<string, TreeEntry>, path: string): TreeEntry | undefined {
  const parts = path.split("/");
  return (
    tree.get(path) ??
    parts
      .map((_, end) => tree.get(parts.slice(0, end).join("/")))
      .find((entry) => entry !== undefined && entry.kind !== "file")
  );
}

async function writeBlob(options: {
  readonly root: string;
  readonly object: string;
  readonly target: string;
}): Promise<void> {
  const { root, object, target } = options;
  const written = await runGit(root, ["cat-file", "blob", object], { into: target });
  if (!written.ok)
    throw new Stop(
      exit.failed,
      `git has no content of ${object.slice(0, 12)}: ${written.reason}`,
      "a partial clone lacks it: git fetch --refetch brings it",
    );
}
