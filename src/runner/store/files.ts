import { createHash, hash } from "node:crypto";
import { type BigIntStats, closeSync, fsyncSync, openSync } from "node:fs";
import { open } from "node:fs/promises";

/** The sha256 of a file's content, hex; large files are read piece by piece. */
export async function hashFile(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size <= PIECE) return hash("sha256", await file.readFile());
    const digest = createHash("sha256");
    const piece = Buffer.allocUnsafe(PIECE);
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, PIECE);
      if (bytesRead === 0) return digest.digest("hex");
      digest.update(piece.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

const PIECE = 1 << 20;

/**
 * What changes when a file's content does. The time of the last change of the inode is in it, because
 * programs that copy files set the modification time back.
 */
export function stampOf(stats: BigIntStats): string {
  return [stats.size, stats.mtimeNs, stats.ctimeNs, stats.ino].join(":");
}

/** Makes what was created, renamed or removed in a folder outlast a power cut. */
export function syncDirectory(path: string): void {
  // Windows cannot open a folder, and its file system journals names by itself.
  if (process.platform === "win32") return;
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
