import { readFileSync, statSync } from "node:fs";

/** The sha256 of the content that a git LFS pointer stands for; undefined where a file is no pointer. */
export function readLfsPointer(path: string): string | undefined {
  if (statSync(path).size > longest) return undefined;
  return readFileSync(path, "latin1").match(
    /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\n/,
  )?.[1];
}

/** By git LFS's own specification a pointer is shorter than this, in bytes. */
const longest = 1024;
