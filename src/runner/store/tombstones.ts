import type { Tombstone } from "../store.ts";
import type { Database } from "./database.ts";
import { type OnDamage, openSealed, parseSealed, type Sealed, sealOf } from "./sealed.ts";

/** What is left of erased answers, steps and files, by key or digest. */
export interface Tombstones {
  readonly sealed: Sealed<TombstoneRow, Tombstone>;
  read(id: string): Tombstone | undefined;
  /** Puts one up, in the transaction that is open. */
  put(tombstone: Tombstone): void;
  /** Takes one away: what it stood for was made again. */
  lift(id: string): void;
}

interface TombstoneRow {
  readonly id: string;
  readonly value: unknown;
}

/** Opens the tombstones of a database. */
export function openTombstones(database: Database, onDamage: OnDamage): Tombstones {
  const sealed = openSealed<TombstoneRow, Tombstone>(database, onDamage, {
    what: "tombstone",
    table: "tombstones",
    keys: ["id"],
    value: "value",
    parse(row) {
      const tombstone = parseSealed<Tombstone>(row);
      return tombstone?.id === row.id ? tombstone : undefined;
    },
  });

  return {
    sealed,
    read: (id) => sealed.read(id),
    put(tombstone) {
      const value = JSON.stringify(tombstone);
      database.run(PUT, tombstone.id, value, sealOf(value));
    },
    lift(id) {
      // Nearly always there is none, and a write would wait for the disk.
      if (database.get(THERE, id) !== undefined) database.run("DELETE FROM tombstones WHERE id = ?", id);
    },
  };
}

const PUT = `INSERT INTO tombstones (id, value, sha256) VALUES (?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET value = excluded.value, sha256 = excluded.sha256`;
const THERE = "SELECT 1 FROM tombstones WHERE id = ?";
