/**
 * A place that several stores share, with files by name. A name is made of lower-case letters, digits, `-` and `.`, in
 * parts that `/` parts. The one kind that there is is a directory; S3 or HTTP would be another file beside it.
 */
export interface Remote {
  /** What it is called in messages. */
  readonly name: string;
  /** @throws Unfit where something of this name is there that is no file */
  has(name: string): Promise<boolean>;
  /** The content, piece by piece. @throws Unfit, when it is read, where it cannot be */
  read(name: string): AsyncIterable<Uint8Array>;
  /**
   * Writes a file that appears under its name when it is whole and outlasts a power cut, and replaces what was there.
   * Where the source throws, nothing appears, and the error is passed on.
   *
   * @throws StoreUnavailable where it cannot be written
   */
  write(name: string, source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void>;
  /** Removes a file; that it is not there is fine. @throws StoreUnavailable where it cannot be removed */
  remove(name: string): Promise<void>;
  /** Names that begin like this, sorted; none below a further `/`. */
  list(prefix: string): Promise<readonly string[]>;
}

/** Something in a shared place that is not what its name says: refused, told, and the rest goes on. */
export class Unfit extends Error {
  override readonly name = "Unfit";
}
