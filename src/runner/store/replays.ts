import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { refuseLink } from "./links.ts";
import { asUnavailable } from "./unavailable.ts";
import { openUses } from "./uses.ts";

/** The folders of a project's replays, each a store of its own, named by the beginning of its recording's sha256. */
export function listReplays(root: string): readonly string[] {
  return entriesOf(folderOf(root)).filter((name) => REPLAY.test(name));
}

/** Where the answers of one replay are kept. */
export function replayFolder(root: string, replay: string): string {
  return join(folderOf(root), replay);
}

/**
 * Removes the store of a replay; what was replayed can be replayed again. False where a run is at work in it.
 *
 * @param dryRun true where it is only to be found out whether it could be removed
 * @throws StoreUnavailable where it cannot be removed
 */
export function removeReplay(root: string, replay: string, dryRun = false): boolean {
  const folder = replayFolder(root, replay);
  refuseLink(folder);
  if (!existsSync(join(folder, "leases"))) return dryRun || removeAll(folder);
  const uses = openUses(folder);
  try {
    if (uses.claim() === undefined) return false;
    if (dryRun) return true;
    // Half a store must never be opened as one.
    const leaving = `${folder}${LEAVING}`;
    removeAll(leaving);
    rename(folder, leaving);
    return removeAll(leaving);
  } finally {
    uses.close();
  }
}

/** Removes what a removal that was killed has left. @throws StoreUnavailable where it cannot be removed */
export function removeLeavings(root: string): void {
  const folder = folderOf(root);
  for (const name of entriesOf(folder)) if (name.endsWith(LEAVING)) removeAll(join(folder, name));
}

/** Bytes of all files in the store of a replay. */
export function replayBytes(root: string, replay: string): number {
  const folder = replayFolder(root, replay);
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => statSync(join(folder, name), { throwIfNoEntry: false }))
    .reduce((sum, file) => sum + (file?.isFile() === true ? file.size : 0), 0);
}

const REPLAY = /^[0-9a-f]{16}$/;
const LEAVING = ".removed";

function folderOf(root: string): string {
  return join(root, ".distill", "replays");
}

function entriesOf(folder: string): readonly string[] {
  refuseLink(folder);
  return existsSync(folder) ? readdirSync(folder).toSorted() : [];
}

function rename(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    throw asUnavailable(error, from);
  }
}

function removeAll(path: string): true {
  try {
    rmSync(path, { recursive: true, force: true });
    return true;
  } catch (error) {
    throw asUnavailable(error, path);
  }
}
