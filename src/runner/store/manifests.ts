import type { Manifest } from "../store.ts";
import type { Database } from "./database.ts";
import { type OnDamage, openSealed, parseSealed, type Sealed, sealOf } from "./sealed.ts";

/** What finished steps left, by key. */
export interface Manifests {
  readonly sealed: Sealed<ManifestRow, Manifest>;
  read(key: string): Manifest | undefined;
  put(manifest: Manifest): void;
  forget(key: string): void;
}

interface ManifestRow {
  readonly key: string;
  readonly value: unknown;
}

/** Opens the manifests of a database. */
export function openManifests(database: Database, onDamage: OnDamage): Manifests {
  const sealed = openSealed<ManifestRow, Manifest>(database, onDamage, {
    what: "manifest",
    table: "manifests",
    keys: ["key"],
    value: "value",
    parse(row) {
      const manifest = parseSealed<Manifest>(row);
      return manifest?.key === row.key ? manifest : undefined;
    },
  });

  return {
    sealed,
    read: (key) => sealed.read(key),
    put(manifest) {
      const value = JSON.stringify(manifest);
      database.write(() => database.run(PUT, manifest.key, value, sealOf(value)));
    },
    forget(key) {
      database.write(() => database.run("DELETE FROM manifests WHERE key = ?", key));
    },
  };
}

const PUT = `INSERT INTO manifests (key, value, sha256) VALUES (?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value, sha256 = excluded.sha256`;
