import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Lease, Stage } from "../store.ts";
import { takeLock } from "./leases.ts";
import { asUnavailable } from "./unavailable.ts";

/** Folders in which steps write before it counts: `staging/SESSION/N`, gone with the process that made them. */
export interface Staging {
  stage(): Promise<Stage>;
  close(): void;
}

/** Opens the staging folders of this process, and removes those of processes that died. */
export function openStaging(directory: string): Staging {
  const root = join(directory, "staging");
  removeOrphans(root);
  let session: { readonly folder: string; readonly lock: Lease } | undefined;
  let count = 0;

  return {
    async stage() {
      try {
        session ??= begin(root);
        count += 1;
        const stage = join(session.folder, String(count));
        await mkdir(stage);
        return { directory: stage, discard: () => rm(stage, { recursive: true, force: true }) };
      } catch (error) {
        throw asUnavailable(error, directory);
      }
    },
    close() {
      if (session !== undefined) remove(session.folder, session.lock);
      session = undefined;
    },
  };
}

/** The lock is taken before the folder appears: a folder whose lock is free has no owner any more. */
function begin(root: string): { readonly folder: string; readonly lock: Lease } {
  const folder = join(root, randomBytes(8).toString("hex"));
  const lock = takeLock(`${folder}.lock`);
  if (lock === undefined) return begin(root);
  mkdirSync(folder, { recursive: true });
  return { folder, lock };
}

/** A name that `begin` gives; whatever else lies there is not ours to remove. */
const SESSION = /^[0-9a-f]{16}$/;

function removeOrphans(root: string): void {
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    if (!entry.isDirectory() || !SESSION.test(entry.name)) continue;
    const folder = join(root, entry.name);
    const lock = takeLock(`${folder}.lock`);
    if (lock !== undefined) remove(folder, lock);
  }
}

/** The lock file goes last and while it is held. No name is used twice, so nobody can wait for it. */
function remove(folder: string, lock: Lease): void {
  rmSync(folder, { recursive: true, force: true });
  rmSync(`${folder}.lock`, { force: true });
  lock.release();
}
