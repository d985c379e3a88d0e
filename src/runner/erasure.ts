import type { JsonObject } from "./row.ts";
import type { ArtifactKind } from "./step.ts";

/** What is left of something that was erased: nothing of its content. */
export interface Tombstone {
  /** The key or digest that it had. */
  readonly id: string;
  readonly what: "answer" | "step" | "file";
  /** Milliseconds since the epoch. */
  readonly erased: number;
  /** Why, in the words of whoever erased it. */
  readonly reason: string;
  /** An answer by which it is known again under another key. */
  readonly mark?: ErasedMark;
}

/** What tells that a completion was erased, wherever it comes from, and nothing of what it said. */
export interface ErasedMark {
  /** The provider's identity, and its id there; null where it gave none. */
  readonly provider: JsonObject;
  readonly provider_id: string | null;
  /** Random, hex: the same for all tombstones of a store. */
  readonly salt: string;
  /** sha256 over salt, messages and answer, hex. */
  readonly digest: string;
}

/** What one may ask to be erased by: a row, a line of results, or a completion under one of its tags. */
export interface Subject {
  /** The item's id; undefined for a completion that no step asked for. */
  readonly item: string | undefined;
  /** Specs in which its item has that id; none, or undefined, where nobody wrote it down. */
  readonly specs?: readonly string[];
  readonly metadata: { readonly [key: string]: string };
  /** What an expression sees of it. */
  readonly scope: { readonly [root: string]: unknown };
}

/** What is to be erased. */
export interface EraseWish {
  /** True for what is meant in itself; what is about the same item is found by that. */
  readonly isMeant: (subject: Subject) => boolean;
  /** Items that are meant whatever their rows say: found elsewhere. */
  readonly items?: ItemSet;
  /** True where rows and files go too; false where completions alone do. */
  readonly through: boolean;
  /** Why, for the tombstones: it must say nothing of what is erased. */
  readonly reason: string;
  /** True where nothing is removed, only found. */
  readonly dryRun: boolean;
}

/** What was erased, or would be. */
export interface Erased {
  /** Keys of answers. */
  readonly answers: readonly string[];
  readonly files: readonly ErasedFile[];
  /** Steps of which an output is gone, so that they have to run again. */
  readonly steps: readonly { readonly key: string; readonly names: readonly string[] }[];
  /** Models that stay and were trained on rows that are gone. */
  readonly trained: readonly { readonly names: readonly string[]; readonly rows: number }[];
  /** Requests in batches under way that are about what is meant: their answers will not be fetched. */
  readonly requests: number;
  /** Values that had been set aside: nobody can say what they hold. */
  readonly damaged: number;
  /**
   * True where bytes of what is gone may still lie in the database's files: an erasure was ended half-way, or another
   * process reads it. The next one clears them, whatever it is about.
   */
  readonly uncleared: boolean;
  /** Where a text of what is gone was found all the same, looking through everything afterwards. */
  readonly left: readonly string[];
  /** The items that are meant, by spec. */
  readonly items: ItemSet;
  /** Texts that nothing which stays has. */
  readonly texts: ReadonlySet<string>;
}

/** One content that is gone. */
export interface ErasedFile {
  readonly digest: string;
  readonly kind: ArtifactKind;
  /** Rows of it that were meant. */
  readonly rows: number;
}

/** Items by spec: an id means something within one. */
export interface ItemSet {
  readonly size: number;
  /** True where this item is meant, in one of these specs; in any where none is known. */
  has(specs: readonly string[], item: string): boolean;
}
