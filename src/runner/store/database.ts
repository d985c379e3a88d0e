import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { MIGRATIONS } from "./schema.ts";
import { asUnavailable, BUSY_TIMEOUT_MS, isBusy, StoreUnavailable } from "./unavailable.ts";

/** The store's SQLite database. Statements are prepared once; failures come as StoreUnavailable. */
export interface Database {
  /** The store's folder, for messages. */
  readonly directory: string;
  /** The first row of a query. */
  get<R>(sql: string, ...values: SQLInputValue[]): R | undefined;
  /** All rows of a query: for pages, never for whole tables. */
  all<R>(sql: string, ...values: SQLInputValue[]): R[];
  run(sql: string, ...values: SQLInputValue[]): void;
  /** Does the work in one short transaction that is on the disk when this returns; joins one that is open. */
  write<T>(work: () => T): T;
  close(): void;
}

/**
 * Opens `store.sqlite` in a folder, creating or migrating it.
 * @throws StoreUnavailable where that cannot be, or where a newer version wrote it.
 */
export function openDatabase(directory: string): Database {
  const connection = guarded(directory, () => connect(directory));
  const statements = new Map<string, StatementSync>();
  let writing = false;

  function prepared(sql: string): StatementSync {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = connection.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  }

  return {
    directory,
    get: <R>(sql: string, ...values: SQLInputValue[]) =>
      guarded(directory, () => prepared(sql).get(...values) as R | undefined),
    all: <R>(sql: string, ...values: SQLInputValue[]) =>
      guarded(directory, () => prepared(sql).all(...values) as R[]),
    run(sql, ...values) {
      guarded(directory, () => prepared(sql).run(...values));
    },
    write(work) {
      if (writing) return work();
      writing = true;
      try {
        return guarded(directory, () => inTransaction(connection, work));
      } finally {
        writing = false;
      }
    },
    close() {
      statements.clear();
      if (connection.isOpen) connection.close();
    },
  };
}

function guarded<T>(directory: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asUnavailable(error, directory);
  }
}

function connect(directory: string): DatabaseSync {
  const connection = new DatabaseSync(join(directory, "store.sqlite"));
  try {
    connection.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA synchronous = FULL`);
    if (versionOf(connection) !== MIGRATIONS.length) migrate(connection, directory);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function versionOf(connection: DatabaseSync): number {
  return Number(connection.prepare("PRAGMA user_version").get()?.user_version);
}

function migrate(connection: DatabaseSync, directory: string): void {
  useLog(connection);
  inTransaction(connection, () => {
    // Read again: another process may have migrated while this one waited for the lock.
    const version = versionOf(connection);
    if (version > MIGRATIONS.length) {
      throw new StoreUnavailable(
        `${directory} was written by a newer distill (its version is ${version}, this one knows ${MIGRATIONS.length})`,
        "use that distill, or move the folder away to begin anew",
      );
    }
    for (const migration of MIGRATIONS.slice(version)) connection.exec(migration);
    connection.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}

/** SQLite does not wait, whatever its timeout, when several processes switch a new database to WAL at once. */
function useLog(connection: DatabaseSync): void {
  const deadline = Date.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      connection.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

function inTransaction<T>(connection: DatabaseSync, work: () => T): T {
  connection.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    connection.exec("COMMIT");
    return result;
  } catch (error) {
    // A full disk has SQLite roll back by itself.
    if (connection.isTransaction) connection.exec("ROLLBACK");
    throw error;
  }
}
