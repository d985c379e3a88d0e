import type { Store } from "../store.ts";
import type { NeededStep } from "./needed-steps.ts";
import { type Remote, Unfit } from "./remote.ts";

/** What is brought from one store to another. */
export interface TransferOptions {
  readonly store: Store;
  readonly remote: Remote;
  readonly needed: readonly NeededStep[];
  /** Told after every step: how many are done, and the bytes that were moved. */
  readonly onProgress?: (done: number, bytes: number) => void;
}

/** What came of bringing steps from one store to another. */
export interface Transfer {
  readonly steps: Moved;
  readonly files: Moved;
  readonly answers: Moved;
  /** Bytes that were moved. */
  readonly bytes: number;
  /** Steps that are not where they should have come from. */
  readonly missing: readonly string[];
  /** Steps that have other outputs in this store than is wanted, and were left as they are. */
  readonly other: readonly string[];
  /** Steps that were left out because something of them is damaged. */
  readonly refused: readonly string[];
  /** Steps of which something was erased in this store: they stay out. */
  readonly erased: readonly string[];
  /** Answers that say something else here, and stand. */
  readonly otherAnswers: number;
  /** Answers that were erased here, and stay out. */
  readonly erasedAnswers: number;
  /** Files of the shared place that are not what they must be. */
  readonly damaged: readonly { readonly name: string; readonly detail: string }[];
}

/** How much was moved, and how much was there already. */
export interface Moved {
  readonly moved: number;
  readonly there: number;
}

/** Counts while it goes on; a file is counted once, however many steps have it. */
export interface Tally {
  step(how: keyof Moved | "missing" | "other" | "refused" | "erased", id: string): void;
  file(how: keyof Moved, digest: string, bytes: number): void;
  answers(counts: Moved & { readonly other?: number; readonly erased?: number }): void;
  bytes(count: number): void;
  /** Does something with a file of the shared place; undefined, and told, where it is not what it must be. */
  attempt<T>(name: string, work: () => Promise<T>): Promise<T | undefined>;
  result(): Transfer;
}

/** Opens a count. */
export function openTally(): Tally {
  const steps = { moved: 0, there: 0 };
  const files = { moved: new Set<string>(), there: new Set<string>() };
  const answers = { moved: 0, there: 0, other: 0, erased: 0 };
  const ids = {
    missing: [] as string[],
    other: [] as string[],
    refused: [] as string[],
    erased: [] as string[],
  };
  const damaged = new Map<string, string>();
  let bytes = 0;
  return {
    step(how, id) {
      if (how === "moved" || how === "there") steps[how] += 1;
      else ids[how].push(id);
    },
    file(how, digest, size) {
      if (files.moved.has(digest) || files.there.has(digest)) return;
      files[how].add(digest);
      if (how === "moved") bytes += size;
    },
    answers({ moved, there, other = 0, erased = 0 }) {
      answers.moved += moved;
      answers.there += there;
      answers.other += other;
      answers.erased += erased;
    },
    bytes(count) {
      bytes += count;
    },
    async attempt(name, work) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Unfit)) throw error;
        damaged.set(name, error.message);
        return undefined;
      }
    },
    result: () => ({
      steps,
      files: { moved: files.moved.size, there: files.there.size },
      answers: { moved: answers.moved, there: answers.there },
      bytes,
      ...ids,
      otherAnswers: answers.other,
      erasedAnswers: answers.erased,
      damaged: [...damaged].map(([name, detail]) => ({ name, detail })),
    }),
  };
}
