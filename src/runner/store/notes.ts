import type { Json } from "../row.ts";
import type { Database } from "./database.ts";
import { type OnDamage, openSealed, type Sealed, sealOfColumns } from "./sealed.ts";

/** Small values that were worked out from a content, such as its columns. */
export interface Notes {
  readonly sealed: Sealed<NoteRow, string>;
  remember(topic: string, key: string, value: Json): void;
  recall(topic: string, key: string): Json | undefined;
}

interface NoteRow {
  readonly topic: string;
  readonly key: string;
  readonly value: string;
}

/** Opens the notes of a database. */
export function openNotes(database: Database, onDamage: OnDamage): Notes {
  const sealed = openSealed<NoteRow, string>(database, onDamage, {
    what: "note",
    table: "notes",
    keys: ["topic", "key"],
    value: "value",
    parse: (row) => (row.sha256 === sealOfColumns(row.topic, row.key, row.value) ? row.value : undefined),
  });

  return {
    sealed,
    remember(topic, key, value) {
      const text = JSON.stringify(value);
      const columns = [topic.toWellFormed(), key.toWellFormed(), text] as const;
      // Most are known already, and a write waits for the disk.
      if (sealed.read(columns[0], columns[1]) === text) return;
      database.write(() => database.run(PUT, ...columns, sealOfColumns(...columns)));
    },
    recall(topic, key) {
      const text = sealed.read(topic.toWellFormed(), key.toWellFormed());
      return text === undefined ? undefined : JSON.parse(text);
    },
  };
}

const PUT = `INSERT INTO notes (topic, key, value, sha256) VALUES (?, ?, ?, ?)
  ON CONFLICT (topic, key) DO UPDATE SET value = excluded.value, sha256 = excluded.sha256`;
