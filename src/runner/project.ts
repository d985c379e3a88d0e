import { existsSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";

/** The project root of a spec: the nearest ancestor with `.git`, else the spec's own folder. */
export function findProjectRoot(specFile: string): string {
  const folder = dirname(resolve(specFile));
  for (let current = folder; ; current = dirname(current)) {
    if (existsSync(join(current, ".git"))) return realpathSync(current);
    if (dirname(current) === current) return realpathSync(folder);
  }
}

/** The project root of a folder without a spec: the nearest with a store or `.git`, else the folder itself. */
export function findStoreRoot(folder: string): string {
  for (let current = resolve(folder); ; current = dirname(current)) {
    if (existsSync(join(current, ".distill")) || existsSync(join(current, ".git")))
      return realpathSync(current);
    if (dirname(current) === current) return realpathSync(folder);
  }
}

/** Where a path of the spec leads, or why it may not be used. */
export type ProjectPath =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly reason: "absolute" | "outside" | "missing" };

/** Resolves a path of a spec; links are followed, so that none leads out of the project. */
export function resolveProjectPath(root: string, specFile: string, path: string): ProjectPath {
  if (isAbsolute(path) || /^[A-Za-z]:/.test(path) || path.includes("\0"))
    return { ok: false, reason: "absolute" };
  const full = resolve(dirname(resolve(specFile)), path);
  const real = existing(full);
  if (!isInside(root, real.path)) return { ok: false, reason: "outside" };
  return real.exists ? { ok: true, path: real.path } : { ok: false, reason: "missing" };
}

/** True where `path` is `root` or below it; both are real absolute paths. */
export function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** A path as it is shown: relative to a folder where it is below it, with forward slashes. */
export function shownPath(path: string, from: string): string {
  const way = relative(from, path);
  return (isInside(from, path) && way !== "" ? way : path).split(sep).join("/");
}

function existing(full: string): { path: string; exists: boolean } {
  try {
    return { path: realpathSync(full), exists: true };
  } catch {
    // The nearest existing folder decides whether the missing file would be inside.
    const parent = dirname(full);
    return parent === full
      ? { path: full, exists: false }
      : { path: join(existing(parent).path, relative(parent, full)), exists: false };
  }
}
