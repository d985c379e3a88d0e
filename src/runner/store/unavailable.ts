/** The store cannot be read or written as it stands; the user must mend it. No stack is shown. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
  /** What to do about it. */
  readonly hint: string;

  constructor(message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.hint = hint;
  }
}

/** What an error of SQLite or of the file system means for the store; any other error comes back as it is. */
export function asUnavailable(error: unknown, directory: string): unknown {
  if (!(error instanceof Error) || error instanceof StoreUnavailable) return error;
  switch (causeOf(error)) {
    case "full":
      return new StoreUnavailable(
        `the disk is full: ${directory} could not be written`,
        "free some space and run again; what was finished before is kept",
        error,
      );
    case "unwritable":
      return new StoreUnavailable(
        `${directory} cannot be written (${error.message})`,
        "make it writable for this user, or run in a copy of the project that is",
        error,
      );
    case "busy":
      return new StoreUnavailable(
        `another process has kept ${directory} from being written for ${BUSY_TIMEOUT_MS / 1000} s`,
        "let it finish or end it (a stopped process holds what it had), then run again",
        error,
      );
    case "damaged":
      return new StoreUnavailable(
        `the database in ${directory} is damaged (${error.message})`,
        "run `distill store verify`; where that fails too, move store.sqlite* out of it to begin anew, and keep them: `sqlite3 store.sqlite .recover` may save completions",
        error,
      );
    case "io":
      return new StoreUnavailable(
        `${directory} could not be read or written (${error.message})`,
        "check the disk; a network file system cannot hold the store",
        error,
      );
    case "other":
      return error;
  }
}

/** Milliseconds that a writer waits for the others. */
export const BUSY_TIMEOUT_MS = 10_000;

/** True for SQLite's "somebody else has the lock". */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && causeOf(error) === "busy";
}

type Cause = "full" | "unwritable" | "busy" | "damaged" | "io" | "other";

function causeOf(error: Error): Cause {
  const { errcode, code } = error as { errcode?: unknown; code?: unknown };
  if (typeof errcode === "number") return SQLITE_CAUSES[errcode] ?? SQLITE_CAUSES[errcode & 0xff] ?? "other";
  return FILE_CAUSES[String(code)] ?? "other";
}

/** By result code, https://sqlite.org/rescode.html. */
const SQLITE_CAUSES: { readonly [errcode: number]: Cause } = {
  // A table or column that is not there: every statement is ours, so it is the schema that is damaged.
  1: "damaged",
  5: "busy",
  6: "busy",
  8: "unwritable",
  10: "io",
  11: "damaged",
  13: "full",
  14: "unwritable",
  26: "damaged",
  // SQLITE_IOERR_SHMSIZE: the index of the log could not grow.
  4874: "full",
};

const FILE_CAUSES: { readonly [code: string]: Cause } = {
  ENOSPC: "full",
  EDQUOT: "full",
  EROFS: "unwritable",
  EACCES: "unwritable",
  EPERM: "unwritable",
  ENOTDIR: "unwritable",
  EIO: "io",
};
