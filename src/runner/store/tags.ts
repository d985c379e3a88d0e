import type { Tags } from "../store.ts";
import type { Database } from "./database.ts";
import { type OnDamage, openSealed, type Place, type Sealed, sealOfColumns } from "./sealed.ts";

/** Under which metadata completions are stored. */
export interface TagTable {
  readonly sealed: Sealed<TagRow, Tags>;
  /** Adds tags to the answer at a place, or replaces those of the same spec, step and item. */
  put(seq: number, tags: Tags): void;
  /** All tags of the answer at a place. */
  of(seq: number): readonly Tags[];
  /** Replaces the tags of one step; those whose answer is not in the store are left out. */
  replace(spec: string, step: string, tags: readonly Tags[]): void;
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

interface Difference {
  readonly added: readonly { readonly seq: number; readonly tags: Tags }[];
  readonly removed: readonly TagRow[];
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
  const ofStep = `${sealed.select} WHERE spec = ? AND step = ?`;

  function put(seq: number, tags: Tags): void {
    const columns = [seq, ...namesOf(tags), metadataOf(tags)] as const;
    database.run(PUT, ...columns, sealOfColumns(...columns));
  }

  function difference(spec: string, step: string, tags: readonly Tags[]): Difference {
    const rows = database.all<TagRow & Place>(ofStep, spec.toWellFormed(), step.toWellFormed());
    const left = new Map(rows.map((row) => [JSON.stringify([row.answer, row.item]), row]));
    const added: { seq: number; tags: Tags }[] = [];
    for (const one of tags) {
      const seq = database.get<{ seq: number }>("SELECT seq FROM answers WHERE key = ?", one.answer)?.seq;
      if (seq === undefined) continue;
      const wanted = { ...one, spec, step };
      const place = JSON.stringify([seq, one.item.toWellFormed()]);
      const row = left.get(place);
      left.delete(place);
      if (row?.sha256 !== sealOfColumns(seq, ...namesOf(wanted), metadataOf(wanted))) {
        added.push({ seq, tags: wanted });
      }
    }
    return { added, removed: [...left.values()] };
  }

  return {
    sealed,
    put,
    of(seq) {
      const rows = database.all<TagRow & Place>(of, seq);
      return rows.map(sealed.check).filter((tags) => tags !== undefined);
    },
    replace(spec, step, tags) {
      // Tags seldom change: compare first, so that a rerun writes nothing and waits for no sync.
      const { added, removed } = difference(spec, step, tags);
      if (added.length === 0 && removed.length === 0) return;
      database.write(() => {
        for (const row of removed) database.run(DELETE, row.answer, row.spec, row.step, row.item);
        for (const { seq, tags: one } of added) put(seq, one);
      });
    },
  };
}

/** SQLite stores UTF-8, in which half a surrogate pair cannot come back as it was. */
function namesOf(tags: Tags): readonly [spec: string, step: string, item: string] {
  return [tags.spec.toWellFormed(), tags.step.toWellFormed(), tags.item.toWellFormed()];
}

function metadataOf({ metadata }: Tags): string {
  return JSON.stringify(Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1))));
}

const DELETE = "DELETE FROM tags WHERE answer = ? AND spec = ? AND step = ? AND item = ?";
const PUT = `INSERT INTO tags (answer, spec, step, item, metadata, sha256) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (answer, spec, step, item) DO UPDATE SET metadata = excluded.metadata, sha256 = excluded.sha256`;
