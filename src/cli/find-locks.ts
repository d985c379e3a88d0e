import { type Dirent, existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { exit } from "./exit.ts";
import { runGit } from "./git.ts";
import { Stop } from "./stop.ts";

/**
 * Texts of all files that may be locks: in the working tree, and at every branch (of here and of remotes, as fetched),
 * tag, stash, HEAD and in the index. Reads what git has here; opens no connection.
 *
 * @throws Stop where git cannot tell: what it would have named must not be taken for unneeded
 */
export async function findLocks(root: string): Promise<readonly string[]> {
  const texts = new Set(locksIn(root).map((path) => readFileSync(path, "utf8")));
  if (!isInRepository(root)) return [...texts];
  const blobs = new Set(await stagedLocks(root));
  for (const tree of await findTips(root)) for (const blob of await locksAt(root, tree)) blobs.add(blob);
  for (const blob of blobs) texts.add(await git(root, ["cat-file", "blob", blob]));
  return [...texts];
}

const LOCK = ".lock";
const unknown = "nothing was removed: what every lock needs must be known first";
/** Folders that hold no spec of this project. */
const FOREIGN = new Set([".git", ".distill", "node_modules"]);

function locksIn(folder: string): readonly string[] {
  return entriesIn(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return FOREIGN.has(entry.name) ? [] : locksIn(path);
    return entry.isFile() && entry.name.endsWith(LOCK) ? [path] : [];
  });
}

function entriesIn(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw new Stop(exit.failed, `locks could not be looked for: ${(error as Error).message}`, unknown);
  }
}

function isInRepository(root: string): boolean {
  for (let folder = root; ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".git"))) return true;
    if (dirname(folder) === folder) return false;
  }
}

/** Locks in the index: where a merge has conflicts, those of both sides. */
async function stagedLocks(root: string): Promise<readonly string[]> {
  const listed = await git(root, ["ls-files", "--stage", "-z", "--", `:(top,glob)**/*${LOCK}`]);
  return entriesOf(listed).flatMap((entry) => entry.match(/^100\d{3} ([0-9a-f]+) /)?.[1] ?? []);
}

/** Commits and trees that a name leads to. */
async function findTips(root: string): Promise<ReadonlySet<string>> {
  const tips = new Set<string>();
  const format = "--format=%(refname) %(objecttype) %(objectname) %(*objecttype)";
  const lines = (await git(root, ["for-each-ref", format])).split("\n");
  for (const line of lines) {
    const [, type, object, tagged] = line.split(" ");
    if (object === undefined) continue;
    // Of a tag of a tag older gits tell the first step only.
    const last =
      tagged === "tag" ? (await git(root, ["cat-file", "-t", `${object}^{}`])).trim() : tagged || type;
    if (last === "commit" || last === "tree") tips.add(object);
  }
  // A stash is several commits: the working tree, the index, and what was not tracked.
  if (lines.some((line) => line.startsWith("refs/stash ")))
    for (const id of (await git(root, ["log", "-g", "--format=%H %P", "refs/stash", "--"])).split(/\s+/))
      if (id !== "") tips.add(id);
  // Also of the other working trees; on a branch without commits it is all zeros.
  for (const [, id = ""] of (await git(root, ["worktree", "list", "--porcelain"])).matchAll(
    /^HEAD ([0-9a-f]+)$/gm,
  ))
    if (/[^0]/.test(id)) tips.add(id);
  return tips;
}

async function locksAt(root: string, tree: string): Promise<readonly string[]> {
  const listed = await git(root, ["ls-tree", "-r", "-z", "--full-tree", tree]);
  return entriesOf(listed).flatMap((entry) =>
    entry.endsWith(LOCK) ? (entry.match(/^100\d{3} blob ([0-9a-f]+)\t/)?.[1] ?? []) : [],
  );
}

function entriesOf(listed: string): readonly string[] {
  return listed.split("\0").filter((entry) => entry !== "");
}

async function git(root: string, args: readonly string[]): Promise<string> {
  const answer = await runGit(root, args);
  if (answer.ok) return answer.stdout.toString();
  throw new Stop(exit.failed, `git could not tell which locks there are: ${answer.reason}`, unknown);
}
