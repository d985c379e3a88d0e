import { statSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import type { Database } from "./database.ts";
import { hashFile, stampOf } from "./files.ts";
import { type OnDamage, openSealed, type Sealed, sealOfColumns } from "./sealed.ts";

/** Digests of files by path. */
export interface Freshness {
  readonly sealed: Sealed<FileRow, FileRow>;
  /** sha256 of a file's content, hex. */
  digestFile(path: string): Promise<string>;
}

interface FileRow {
  readonly path: string;
  readonly stamp: string;
  readonly digest: string;
}

/** A file changed more recently than this may change again without a visible trace. */
const RACY_MS = 2_000;

/** Opens the memory of file contents: reads a file again only where its size, times or inode changed. */
export function openFreshness(database: Database, root: string, onDamage: OnDamage): Freshness {
  const sealed = openSealed<FileRow, FileRow>(database, onDamage, {
    what: "file",
    table: "files",
    keys: ["path"],
    value: "digest",
    others: ["stamp"],
    parse: (row) => (row.sha256 === sealOfColumns(row.path, row.stamp, row.digest) ? row : undefined),
  });

  async function digestFile(path: string): Promise<string> {
    const name = nameOf(root, path);
    for (;;) {
      const now = Date.now();
      const stats = statSync(path, { bigint: true });
      const stamp = stampOf(stats);
      const known = sealed.read(name);
      if (known?.stamp === stamp) return known.digest;
      const digest = await hashFile(path);
      // Written while it was read: what was read may be a mixture.
      if (stampOf(statSync(path, { bigint: true })) !== stamp) continue;
      const changed = Math.max(Number(stats.mtimeMs), Number(stats.ctimeMs));
      if (now - changed > RACY_MS) {
        const seal = sealOfColumns(name, stamp, digest);
        database.write(() => database.run(PUT, name, stamp, digest, seal));
      }
      return digest;
    }
  }

  return { sealed, digestFile };
}

/** Relative inside the project, so that a project can move. */
function nameOf(root: string, path: string): string {
  const inside = relative(root, resolve(path));
  const name = inside.startsWith(`..${sep}`) || isAbsolute(inside) ? resolve(path) : inside;
  return name.toWellFormed();
}

const PUT = `INSERT INTO files (path, stamp, digest, sha256) VALUES (?, ?, ?, ?)
  ON CONFLICT (path) DO UPDATE SET stamp = excluded.stamp, digest = excluded.digest, sha256 = excluded.sha256`;
