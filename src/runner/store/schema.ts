/**
 * How the database came to be what it is: each entry raises its version by one, none is ever changed.
 *
 *   answers ──< tags          a completion and the metadata it was stored under
 *   manifests ─── asked       one per step key, with the digests of its files; and the answers that it asked for
 *   jobs ──< job_requests     batches at providers, and what the open ones carry
 *   runs · notes · files      history, small values by content, digests by path
 *   damaged                   what did not fit its sha256 any more
 *   tombstones                what was erased, by key or digest, without its content
 *
 * `sha256` is that of `value`, or of the JSON of the row's other columns where there is no `value`. A row
 * whose value and sha256 are null was damaged and set aside; its place waits for the next one with its key.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE manifests (
    key TEXT NOT NULL UNIQUE,
    value TEXT,
    sha256 TEXT
  ) STRICT;

  CREATE TABLE answers (
    seq INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    model TEXT NOT NULL,
    value TEXT,
    sha256 TEXT
  ) STRICT;
  CREATE INDEX answers_by_model ON answers (model);

  CREATE TABLE tags (
    answer INTEGER NOT NULL,
    spec TEXT NOT NULL,
    step TEXT NOT NULL,
    item TEXT NOT NULL,
    metadata TEXT,
    sha256 TEXT,
    UNIQUE (answer, spec, step, item)
  ) STRICT;
  CREATE INDEX tags_by_step ON tags (spec, step);

  CREATE TABLE runs (
    id TEXT NOT NULL UNIQUE,
    spec TEXT NOT NULL,
    value TEXT,
    sha256 TEXT
  ) STRICT;
  CREATE INDEX runs_by_spec ON runs (spec, id);

  CREATE TABLE notes (
    topic TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT,
    sha256 TEXT,
    UNIQUE (topic, key)
  ) STRICT;

  CREATE TABLE files (
    path TEXT NOT NULL UNIQUE,
    stamp TEXT NOT NULL,
    digest TEXT,
    sha256 TEXT
  ) STRICT;

  CREATE TABLE damaged (
    found INTEGER NOT NULL,
    what TEXT NOT NULL,
    key TEXT NOT NULL,
    value ANY,
    sha256 ANY
  ) STRICT;
  `,
  `
  CREATE TABLE asked (
    step TEXT NOT NULL UNIQUE,
    value TEXT,
    sha256 TEXT
  ) STRICT;
  `,
  `
  CREATE TABLE jobs (
    id TEXT NOT NULL UNIQUE,
    value TEXT,
    sha256 TEXT
  ) STRICT;

  CREATE TABLE job_requests (
    seq INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    job TEXT NOT NULL,
    value TEXT,
    sha256 TEXT
  ) STRICT;
  CREATE INDEX job_requests_by_job ON job_requests (job, seq);
  `,
  `
  CREATE TABLE tombstones (
    id TEXT NOT NULL UNIQUE,
    value TEXT,
    sha256 TEXT
  ) STRICT;
  `,
];
