import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hashFile, stampOf, syncDirectory } from "./files.ts";
import type { OnDamage } from "./sealed.ts";
import { asUnavailable } from "./unavailable.ts";

/** Contents as files, named by their sha256: `objects/ab/cdef…`. */
export interface Objects {
  /** True where a content is there in its full length. */
  has(digest: string, bytes: number): boolean;
  /** Path of a content that fits its sha256; one that does not is set aside. */
  open(digest: string): Promise<string | undefined>;
  /** Takes a file in. It is on the disk, under its name, when this resolves. */
  take(source: string, digest: string, bytes: number): Promise<void>;
  /** Bytes of a content, as long as its file is. */
  sizeOf(digest: string): number;
  remove(digest: string): void;
  /** Digests of all contents, folder by folder. */
  all(): Generator<string>;
}

/** Opens the contents in a store's folder. */
export function openObjects(directory: string, onDamage: OnDamage): Objects {
  const root = join(directory, "objects");
  /** Digest → stamp of the file when it was last found to fit. */
  const verified = new Map<string, string>();

  function pathOf(digest: string): string {
    if (!/^[0-9a-f]{64}$/.test(digest)) throw new Error(`"${digest}" is not a sha256`);
    return join(root, digest.slice(0, 2), digest.slice(2));
  }

  function setAside(digest: string, detail: string): void {
    const damaged = join(directory, "damaged");
    mkdirSync(damaged, { recursive: true });
    renameSync(pathOf(digest), join(damaged, `${digest}-${randomBytes(3).toString("hex")}`));
    onDamage({ what: "object", key: digest, detail });
  }

  function has(digest: string, bytes: number): boolean {
    const stats = statSync(pathOf(digest), { throwIfNoEntry: false });
    if (stats === undefined) return false;
    if (stats.size === bytes) return true;
    setAside(digest, `has ${stats.size} bytes, not ${bytes}`);
    return false;
  }

  return {
    has,
    async open(digest) {
      const path = pathOf(digest);
      const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
      if (stats === undefined) return undefined;
      const stamp = stampOf(stats);
      if (verified.get(digest) === stamp) return path;
      if ((await hashFile(path)) !== digest) {
        setAside(digest, "does not fit its sha256");
        return undefined;
      }
      verified.set(digest, stamp);
      return path;
    },
    async take(source, digest, bytes) {
      const target = pathOf(digest);
      try {
        await makeSafe(source, bytes);
        await mkdir(dirname(target), { recursive: true });
        if (has(digest, bytes)) await rm(source);
        else await rename(source, target);
        // Also where it was there before: whoever put it there may not have come so far yet.
        syncDirectory(dirname(target));
        syncDirectory(root);
      } catch (error) {
        throw asUnavailable(error, directory);
      }
    },
    sizeOf: (digest) => statSync(pathOf(digest), { throwIfNoEntry: false })?.size ?? 0,
    remove(digest) {
      try {
        rmSync(pathOf(digest), { force: true });
      } catch (error) {
        throw asUnavailable(error, directory);
      }
    },
    *all() {
      for (const folder of readdirSync(root).sort()) {
        if (!/^[0-9a-f]{2}$/.test(folder)) continue;
        for (const name of readdirSync(join(root, folder)).sort()) {
          if (/^[0-9a-f]{62}$/.test(name)) yield folder + name;
        }
      }
    },
  };
}

async function makeSafe(path: string, bytes: number): Promise<void> {
  const file = await open(path, "r+");
  try {
    const { size } = await file.stat();
    if (size !== bytes) throw new Error(`${path} has ${size} bytes, and its manifest says ${bytes}`);
    await file.chmod(0o444);
    await file.sync();
  } finally {
    await file.close();
  }
}
