import type { Database } from "./database.ts";
import type { Manifests } from "./manifests.ts";
import type { Objects } from "./objects.ts";
import type { OnDamage, Sealed } from "./sealed.ts";

interface Everything {
  readonly database: Database;
  readonly tables: readonly Pick<Sealed<never, unknown>, "count" | "checkAll">[];
  readonly manifests: Manifests;
  readonly objects: Objects;
  readonly onDamage: OnDamage;
}

/** Checks every value of the store against its sha256; damaged ones are set aside and reported. */
export async function verifyStore(
  { database, tables, manifests, objects, onDamage }: Everything,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<void> {
  checkStructure(database, onDamage);
  const digests = [...objects.all()];
  const total = digests.length + tables.reduce((sum, table) => sum + table.count(), 0);
  let done = 0;
  for (const digest of digests) {
    await objects.open(digest);
    done += 1;
    onProgress(done, total);
  }
  for (const table of tables) {
    for (const _ of table.checkAll()) {
      done += 1;
      if (done % 200 !== 0) continue;
      onProgress(done, total);
      // A signal may want to be heard.
      await new Promise(setImmediate);
    }
  }
  forgetWithoutFiles(manifests, objects, onDamage);
  onProgress(total, total);
}

/** Whether SQLite can read its own file; indexes that lead astray are built anew from their tables. */
function checkStructure(database: Database, onDamage: OnDamage): void {
  const rows = database.all<{ integrity_check: string }>("PRAGMA integrity_check(10)");
  const faults = rows.map((row) => row.integrity_check).filter((text) => text !== "ok");
  if (faults.length === 0) return;
  onDamage({ what: "database", key: "store.sqlite", detail: faults.join("; ") });
  database.run("REINDEX");
}

/** A step whose files are gone has to run again, so that this is told once. */
function forgetWithoutFiles(manifests: Manifests, objects: Objects, onDamage: OnDamage): void {
  for (const manifest of manifests.sealed.checkAll()) {
    if (manifest === undefined) continue;
    for (const [name, { digest, bytes }] of Object.entries(manifest.outputs)) {
      if (objects.has(digest, bytes)) continue;
      manifests.forget(manifest.key);
      const detail = `output "${name}" of step "${manifest.step}" is missing: ${digest}`;
      onDamage({ what: "manifest", key: manifest.key, detail });
      break;
    }
  }
}
