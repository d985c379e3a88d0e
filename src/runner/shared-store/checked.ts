import { createHash, hash } from "node:crypto";
import { type Remote, Unfit } from "./remote.ts";

/** What a file must be. */
export interface Expected {
  /** sha256, hex. */
  readonly digest: string;
  readonly bytes: number;
}

/**
 * Passes a content on while it checks it. Reads no more than there may be.
 *
 * @throws Unfit at the end, before it ends, where length or sha256 do not fit
 */
export async function* checked(
  source: AsyncIterable<Uint8Array>,
  { digest, bytes }: Expected,
): AsyncGenerator<Uint8Array> {
  const sha256 = createHash("sha256");
  let length = 0;
  for await (const piece of source) {
    length += piece.length;
    if (length > bytes) throw new Unfit(`has more than ${bytes} bytes`);
    sha256.update(piece);
    yield piece;
  }
  if (length !== bytes) throw new Unfit(`has ${length} bytes, not ${bytes}`);
  if (sha256.digest("hex") !== digest) throw new Unfit("does not fit its sha256");
}

/** Whether a file is there and is what it must be. @throws Unfit where it is there and is something else */
export async function isThere(remote: Remote, name: string, expected: Expected): Promise<boolean> {
  if (!(await remote.has(name))) return false;
  for await (const _ of checked(remote.read(name), expected));
  return true;
}

/** What of a file was read: all of it, unless it is longer than it may be. */
export interface ReadFile {
  readonly content: Buffer;
  /** False where length or sha256 are not those that they must be. */
  readonly fits: boolean;
}

/** Reads a file of at most so many bytes. @throws Unfit where it cannot be read */
export async function readWhole(
  remote: Remote,
  name: string,
  { digest, atMost }: { readonly digest: string; readonly atMost: number },
): Promise<ReadFile> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of remote.read(name)) {
    pieces.push(piece);
    length += piece.length;
    if (length > atMost) break;
  }
  const content = Buffer.concat(pieces).subarray(0, atMost);
  return { content, fits: length <= atMost && hash("sha256", content) === digest };
}
