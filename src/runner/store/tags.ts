import type { Tags } from "../store.ts";
import type { Database } from "./database.ts";
import { type OnDamage, openSealed, type Place, type Sealed, sealOfColumns } from "./sealed.ts";

/** Under which metadata completions are stored. */
export interface TagTable {
  readonly sealed: Sealed<TagRow, Tags>;
  /** Adds tags to the answer at a place, or replaces those of the same spec, step and item. */
  put(seq: number, tags: Tags): void;
  /** Adds tags to the answer at a place where it has none of the same spec, step and item. */
  add(seq: number, tags: Tags): void;
  /** All tags of the answer at a place. */
  of(seq: number): readonly Tags[];
  /** Adds tags of one step as `put` does; those whose answer is not in the store are left out. */
  keep(spec: string, step: string, tags: readonly Tags[]): void;
}

interface TagRow {
  readonly answer: number;
  /** The answer's key. */
  readonly key: string;
  readonly spec: string;
  readonly step: string;
  readonly item: string;
  readonly metadata: string;
}

/** Opens the tags of a database. */
export function openTags(database: Database, onDamage: OnDamage): TagTable {
  const sealed = openSealed<TagRow, Tags>(database, onDamage, {
    what: "tags",
    table: "tags",
    keys: ["answer", "spec", "step", "item"],
    value: "metadata",
    others: ["(SELECT key FROM answers WHERE seq = answer) AS key"],
    parse(row) {
      if (sealOfColumns(row.answer, row.spec, row.step, row.item, row.metadata) !== row.sha256)
        return undefined;
      return {
        answer: row.key,
        spec: row.spec,
        step: row.step,
        item: row.item,
        metadata: JSON.parse(row.metadata),
      };
    },
  });

  const of = `${sealed.select} WHERE answer = ? AND metadata IS NOT NULL`;

  const writer = (sql: string) => (seq: number, tags: Tags) => {
    const columns = [seq, ...namesOf(tags), metadataOf(tags)] as const;
    database.run(sql, ...columns, sealOfColumns(...columns));
  };
  const put = writer(PUT);

  // None where the answer is not in the store, or has this tag already.
  function missing(tags: Tags): readonly Missing[] {
    const row = database.get<{ seq: number; sha256: string | null }>(KEPT, ...namesOf(tags), tags.answer);
    if (row === undefined) return [];
    const seal = sealOfColumns(row.seq, ...namesOf(tags), metadataOf(tags));
    return row.sha256 === seal ? [] : [{ seq: row.seq, tags }];
  }

  return {
    sealed,
    put,
    add: writer(`${PUT} WHERE tags.metadata IS NULL`),
    of(seq) {
      const rows = database.all<TagRow & Place>(of, seq);
      return rows.map(sealed.check).filter((tags) => tags !== undefined);
    },
    keep(spec, step, tags) {
      // Tags seldom change: compare first, so that a rerun writes nothing and waits for no sync.
      const added = tags.flatMap((one) => missing({ ...one, spec, step }));
      if (added.length === 0) return;
      database.write(() => {
        for (const { seq, tags: one } of added) put(seq, one);
      });
    },
  };
}

interface Missing {
  readonly seq: number;
  readonly tags: Tags;
}

/** SQLite stores UTF-8, in which half a surrogate pair cannot come back as it was. */
function namesOf(tags: Tags): readonly [spec: string, step: string, item: string] {
  return [tags.spec.toWellFormed(), tags.step.toWellFormed(), tags.item.toWellFormed()];
}

function metadataOf({ metadata }: Tags): string {
  return JSON.stringify(Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1))));
}

const KEPT = `SELECT seq, tags.sha256 FROM answers
  LEFT JOIN tags ON answer = seq AND spec = ? AND step = ? AND item = ? WHERE key = ?`;
const PUT = `INSERT INTO tags (answer, spec, step, item, metadata, sha256) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (answer, spec, step, item) DO UPDATE SET metadata = excluded.metadata, sha256 = excluded.sha256`;
