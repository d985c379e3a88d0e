import { hash } from "node:crypto";
import type { SQLInputValue } from "node:sqlite";
import type { Damage } from "../store.ts";
import type { Database } from "./database.ts";

/** A table whose every value is kept with its sha256. */
export interface SealedTable<R, T> {
  readonly what: Damage["what"];
  readonly table: string;
  /** The columns that name a row. */
  readonly keys: readonly string[];
  /** The column that holds what is known of it; null where that was set aside. */
  readonly value: string;
  /** Further columns that `parse` needs. */
  readonly others?: readonly string[];
  /** What a row says; undefined where it does not fit its sha256. */
  parse(row: R & Place): T | undefined;
}

/** Where a row stands, and the sha256 that was kept with it. */
export interface Place {
  readonly place: number;
  readonly sha256: string;
}

/** Reads a sealed table: what comes out fits its sha256. */
export interface Sealed<R, T> {
  /** `SELECT … FROM …` of all that `check` needs. */
  readonly select: string;
  /** What the row with these keys says; undefined where there is none, or none that fits. */
  read(...keys: SQLInputValue[]): T | undefined;
  /** The same for a row that was read by `select`. */
  check(row: R & Place): T | undefined;
  /** Rows, those set aside not counted. */
  count(): number;
  /** Checks every row; yields what each says, undefined where it was set aside. */
  checkAll(): Generator<T | undefined>;
}

/** Where the store tells of values that no longer fit. */
export type OnDamage = (damage: Damage) => void;

/** Opens a sealed table: a value that does not fit is moved to `damaged`, reported, and absent from then on. */
export function openSealed<R, T>(
  database: Database,
  onDamage: OnDamage,
  { what, table, keys, value, others = [], parse }: SealedTable<R, T>,
): Sealed<R, T> {
  const columns = [...new Set([...keys, value, ...others, "sha256"])].join(", ");
  const select = `SELECT rowid AS place, ${columns} FROM ${table}`;
  const byKeys = `${select} WHERE ${keys.map((key) => `${key} = ?`).join(" AND ")} AND ${value} IS NOT NULL`;
  const byPlace = `${select} WHERE rowid = ?`;
  // Type and length of a column can be damaged too: a text may have become a null.
  const page = `${select} WHERE rowid > ? AND (${value} IS NOT NULL OR sha256 IS NOT NULL)
    ORDER BY rowid LIMIT 200`;

  function setAside(row: R & Place): void {
    const key = keys.map((name) => String((row as Record<string, unknown>)[name])).join("/");
    const moved = database.write(() => {
      // Read again: another process may have replaced it by a good one.
      const again = database.get<R & Place>(byPlace, row.place);
      if (again === undefined || parse(again) !== undefined) return false;
      const copy = `INSERT INTO damaged (found, what, key, value, sha256)
        SELECT ?, ?, ?, ${value}, sha256 FROM ${table} WHERE rowid = ?`;
      database.run(copy, Date.now(), what, key, row.place);
      // Not deleted: where a key is damaged, its row cannot be taken out of the index.
      database.run(`UPDATE ${table} SET ${value} = NULL, sha256 = NULL WHERE rowid = ?`, row.place);
      return true;
    });
    if (moved) onDamage({ what, key, detail: "does not fit its sha256" });
  }

  function check(row: R & Place): T | undefined {
    const result = parse(row);
    if (result === undefined) setAside(row);
    return result;
  }

  return {
    select,
    check,
    read(...values) {
      const row = database.get<R & Place>(byKeys, ...values);
      return row === undefined ? undefined : check(row);
    },
    count: () =>
      database.get<{ n: number }>(`SELECT count(*) AS n FROM ${table} WHERE sha256 IS NOT NULL`)?.n ?? 0,
    *checkAll() {
      let place = 0;
      for (;;) {
        const rows = database.all<R & Place>(page, place);
        for (const row of rows) {
          place = row.place;
          yield check(row);
        }
        if (rows.length === 0) return;
      }
    },
  };
}

/** The sha256 that a text is kept with. */
export function sealOf(text: string): string {
  return hash("sha256", text);
}

/** The sha256 that a row of several columns is kept with. */
export function sealOfColumns(...columns: readonly unknown[]): string {
  return sealOf(JSON.stringify(columns));
}

/** The JSON value of a text that fits its sha256; undefined where it does not fit. */
export function parseSealed<T>(row: { readonly value: unknown; readonly sha256: unknown }): T | undefined {
  if (typeof row.value !== "string" || sealOf(row.value) !== row.sha256) return undefined;
  return JSON.parse(row.value) as T;
}
