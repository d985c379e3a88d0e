import { randomBytes } from "node:crypto";
import { constants, realpathSync, type Stats } from "node:fs";
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncDirectory } from "../store/files.ts";
import { asUnavailable, StoreUnavailable } from "../store/unavailable.ts";
import { type Remote, Unfit } from "./remote.ts";

/**
 * A directory that several machines share: a mounted network file system, a cache folder of a CI. It is used
 * without locks, which network file systems do not honour: every file is written under a temporary name beside its
 * own, synced and renamed. Links are never followed below the directory itself.
 *
 * @throws StoreUnavailable where the directory is not there
 */
export function directoryRemote(path: string): Remote {
  const root = resolveRoot(path);
  const prepared = new Map<string, Promise<void>>();

  /** What is at a name; the folders on the way must be folders. */
  async function look(name: string): Promise<Stats | undefined> {
    const parts = partsOf(name);
    let at = root;
    for (const [index, part] of parts.entries()) {
      at = join(at, part);
      const stats = await lstat(at).catch(absent);
      if (stats === undefined) return undefined;
      if (index === parts.length - 1) return stats;
      if (!stats.isDirectory()) throw new Unfit(`${parts.slice(0, index + 1).join("/")} is no folder`);
    }
    return await lstat(root);
  }

  async function* read(name: string): AsyncGenerator<Uint8Array> {
    const file = await openToRead(name);
    try {
      const { size } = await file.stat().catch(refuse);
      for (let done = 0; ; ) {
        // At the end one byte more, for a file that has grown.
        const piece = Buffer.allocUnsafe(Math.min(PIECE, Math.max(1, size - done)));
        const { bytesRead } = await file.read(piece).catch(refuse);
        if (bytesRead === 0) return;
        done += bytesRead;
        yield piece.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  async function openToRead(name: string): Promise<FileHandle> {
    const stats = await look(name);
    if (stats === undefined) throw new Unfit("is gone");
    if (!stats.isFile()) throw new Unfit("is no file");
    // Whoever put a link there meanwhile does not get far.
    return await open(join(root, name), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch(refuse);
  }

  async function write(name: string, source: Parameters<Remote["write"]>[1]): Promise<void> {
    const target = join(root, ...partsOf(name));
    const folder = dirname(target);
    const done = prepared.get(folder) ?? prepare(name);
    prepared.set(folder, done);
    await done;
    const temporary = join(folder, `.${basename(name)}.${randomBytes(6).toString("hex")}${TEMPORARY}`);
    try {
      const file = await open(temporary, "wx").catch(cannotWrite);
      try {
        for await (const piece of source) await file.writeFile(piece).catch(cannotWrite);
        await file.sync().catch(cannotWrite);
      } finally {
        await file.close().catch(cannotWrite);
      }
      await rename(temporary, target).catch(cannotWrite);
    } catch (error) {
      // Where that fails too, a later writer removes it.
      await rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
    sync(folder);
  }

  /** Makes the folders of a name, and removes what killed writers left there. */
  async function prepare(name: string): Promise<void> {
    let at = root;
    for (const part of partsOf(name).slice(0, -1)) {
      const above = at;
      at = join(at, part);
      await mkdir(at).catch(ifThere).catch(cannotWrite);
      // Also where it was there: whoever made it may not have come so far.
      sync(above);
      if (!(await lstat(at)).isDirectory())
        throw new StoreUnavailable(
          `${at} is no folder`,
          "remove it (what a link leads to stays), and run again",
        );
    }
    for (const entry of await readdir(at).catch(cannotWrite)) {
      if (!isTemporary(entry)) continue;
      const stats = await lstat(join(at, entry)).catch(() => undefined);
      if (stats?.isFile() && Date.now() - stats.mtimeMs > ABANDONED_MS)
        await rm(join(at, entry), { force: true }).catch(cannotWrite);
    }
  }

  function cannotWrite(error: NodeJS.ErrnoException): never {
    const known = asUnavailable(error, root);
    throw known instanceof StoreUnavailable || error.code === undefined
      ? known
      : new StoreUnavailable(
          `${root} could not be written (${error.message})`,
          "look at what is there, and run again",
          error,
        );
  }

  return {
    name: path,
    async has(name) {
      const stats = await look(name);
      if (stats !== undefined && !stats.isFile()) throw new Unfit("is no file");
      return stats !== undefined;
    },
    read,
    write,
    async remove(name) {
      // What is reached through a link is not of this directory.
      const stats = await look(name);
      if (stats?.isFile() === true) await rm(join(root, name)).catch(cannotWrite);
    },
    async list(prefix) {
      const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
      const stats = await look(folder);
      if (stats === undefined) return [];
      if (!stats.isDirectory()) throw new Unfit("is no folder");
      const entries = await readdir(join(root, folder)).catch(refuse);
      return entries
        .filter((entry) => !entry.startsWith("."))
        .map((entry) => folder + entry)
        .filter((name) => name.startsWith(prefix))
        .sort();
    },
  };
}

const PIECE = 1 << 20;
const TEMPORARY = ".tmp";
/** No writer takes so long for one file, whatever the clocks say. */
const ABANDONED_MS = 48 * 3_600_000;

function isTemporary(entry: string): boolean {
  return entry.startsWith(".") && entry.endsWith(TEMPORARY);
}

function resolveRoot(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw new StoreUnavailable(`${path} is not there`, "mount it, or name another directory", error);
  }
}

function partsOf(name: string): readonly string[] {
  const parts = name.split("/").filter((part) => part !== "");
  if (!parts.every((part) => /^[0-9a-z-][0-9a-z.-]*$/.test(part)))
    throw new Error(`"${name}" is no name of a shared file`);
  return parts;
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") refuse(error);
}

function ifThere(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}

function refuse(error: NodeJS.ErrnoException): never {
  throw new Unfit(`cannot be read (${error.code ?? error.message})`, { cause: error });
}

/** Some network file systems cannot sync a folder, and write its names at once. */
const UNSYNCED: ReadonlySet<unknown> = new Set(["EINVAL", "ENOTSUP", "EPERM", "EBADF", "EISDIR"]);

function sync(folder: string): void {
  try {
    syncDirectory(folder);
  } catch (error) {
    if (!UNSYNCED.has((error as NodeJS.ErrnoException).code)) throw asUnavailable(error, folder);
  }
}
