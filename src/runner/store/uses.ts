import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Lease } from "../store.ts";
import { refuseLink } from "./links.ts";
import { asUnavailable, BUSY_TIMEOUT_MS, isBusy, StoreUnavailable } from "./unavailable.ts";

/**
 * Who works in a store: many at once, or one alone that clears it up. Held like a lease, so that a paused
 * process keeps it and a killed one loses it at once.
 */
export interface Uses {
  /** Keeps anybody from clearing up; waits where somebody does. @throws StoreUnavailable where that takes too long */
  share(): Lease;
  /** Keeps anybody from working; undefined where somebody works. */
  claim(): Lease | undefined;
  /** Releases all that this process holds. */
  close(): void;
}

/** Opens the uses of a store's folder, `leases/uses.lock`. */
export function openUses(directory: string): Uses {
  const path = join(directory, "leases", "uses.lock");
  const held = new Set<Lease>();

  function hold(waitMs: number, lock: string): Lease | undefined {
    refuseLink(path);
    let connection: DatabaseSync | undefined;
    try {
      connection = new DatabaseSync(path);
      connection.exec(`PRAGMA busy_timeout = ${waitMs}; ${lock}`);
    } catch (error) {
      connection?.close();
      if (isBusy(error)) return undefined;
      throw asUnavailable(error, directory);
    }
    const open = connection;
    const lease = {
      release() {
        if (held.delete(lease) && open.isOpen) open.close();
      },
    };
    held.add(lease);
    return lease;
  }

  return {
    share() {
      // A transaction that has read keeps its lock until it ends.
      const lease = hold(BUSY_TIMEOUT_MS, "BEGIN; SELECT count(*) FROM sqlite_schema");
      // Whoever waited for a store to be removed holds nothing.
      if (lease !== undefined && existsSync(path)) return lease;
      lease?.release();
      throw new StoreUnavailable(
        `${directory} is being cleared up`,
        "wait for `distill store gc`, then run again",
      );
    },
    claim: () => hold(0, "BEGIN EXCLUSIVE"),
    close() {
      for (const lease of held) lease.release();
    },
  };
}
