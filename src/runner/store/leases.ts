import { hash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Lease } from "../store.ts";
import { refuseLink } from "./links.ts";
import { asUnavailable, isBusy } from "./unavailable.ts";

/** Names that one process holds at a time. */
export interface Leases {
  /** Undefined where somebody holds the name, be it this process. */
  tryLease(name: string): Lease | undefined;
  /** Who wrote down to hold a name, and lives. For messages only: the lock alone decides. */
  holder(name: string): { readonly pid: number } | undefined;
  /** Releases all that this process holds. */
  close(): void;
}

/** Opens the leases in a store's folder: `leases/SHA256.lock`, with the holder's pid in a file beside it. */
export function openLeases(directory: string): Leases {
  const held = new Set<Lease>();
  // A lock file is never removed: two processes could come to hold two files of the same name.
  const pathOf = (name: string) => join(directory, "leases", hash("sha256", JSON.stringify(name)));

  return {
    tryLease(name) {
      const path = pathOf(name);
      const lock = takeLock(`${path}.lock`);
      if (lock === undefined) return undefined;
      const lease = {
        release() {
          if (!held.delete(lease)) return;
          rmSync(`${path}.json`, { force: true });
          lock.release();
        },
      };
      held.add(lease);
      try {
        // What a killed holder left is removed, never written through: it could be a link.
        rmSync(`${path}.json`, { force: true });
        const holder = JSON.stringify({ name, pid: process.pid, since: Date.now() });
        writeFileSync(`${path}.json`, holder, { flag: "wx" });
      } catch (error) {
        lease.release();
        throw asUnavailable(error, directory);
      }
      return lease;
    },
    holder(name) {
      const pid = pidIn(`${pathOf(name)}.json`);
      return pid !== undefined && isAlive(pid) ? { pid } : undefined;
    },
    close() {
      for (const lease of held) lease.release();
    },
  };
}

/**
 * Locks a file by SQLite's own means until released or until the process dies: a paused holder keeps it,
 * a killed one loses it at once. Undefined where it is locked, be it by this process.
 *
 * Nothing else in the process may open the file: closing it again would drop the lock (POSIX).
 */
export function takeLock(path: string): Lease | undefined {
  refuseLink(path);
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(path);
    connection.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
  } catch (error) {
    connection?.close();
    if (isBusy(error)) return undefined;
    throw asUnavailable(error, dirname(path));
  }
  const open = connection;
  // Kept reachable: a collected connection would let go of the lock.
  OPEN.add(open);
  return {
    release() {
      OPEN.delete(open);
      if (open.isOpen) open.close();
    },
  };
}

const OPEN = new Set<DatabaseSync>();

function pidIn(path: string): number | undefined {
  try {
    const { pid } = JSON.parse(readFileSync(path, "utf8"));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    // Not written yet, or half: nobody is known.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
