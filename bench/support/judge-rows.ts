import type { dataKinds } from "../../test/support/fake-openai/faults.ts";

/** What came of a capture, each part by the item's number. */
export interface Captured {
  /** How many items there are; they are numbered from 0. */
  readonly items: number;
  /** Rows of the step, as they came out. */
  readonly rows: readonly Answered[];
  /** Answers in the store. */
  readonly kept: readonly Answered[];
  readonly attempts: ReadonlyMap<number, number>;
  /** The fault of the last call of each item; none where it went well. */
  readonly lastFault: ReadonlyMap<number, string | undefined>;
}

/** An item and what is said to be its answer. */
export interface Answered {
  readonly item: number;
  readonly text: string;
}

/** How much of a capture is wrong, in items or answers. */
export interface Faulty {
  /** Items without a row. */
  readonly missing: number;
  /** Rows that are not the answer to their item, or come twice. */
  readonly wrongRows: number;
  /** Answers kept that the server did not mean for their item. */
  readonly badAnswers: number;
  /** The most calls that any item took. */
  readonly mostAttempts: number;
}

/** How often an item may be asked. */
const maxAttempts = 8;

/** Holds a capture against what the server said: every item once, with its own answer. */
export function judgeRows({ items, rows, kept, attempts, lastFault }: Captured): Faulty {
  const there = new Set(rows.map(({ item }) => item));
  const isWrong = ({ item, text }: Answered) => text !== answerTo(item, lastFault.get(item));
  const missing = Array.from({ length: items }, (_, item) => item).filter((item) => !there.has(item));
  return {
    missing: missing.length,
    wrongRows: rows.filter(isWrong).length + (rows.length - there.size),
    badAnswers: kept.filter(isWrong).length,
    mostAttempts: [...attempts.values()].reduce((most, count) => Math.max(most, count), 0),
  };
}

/** True where nothing is wrong. */
export function isFlawless({ missing, wrongRows, badAnswers, mostAttempts }: Faulty): boolean {
  return missing === 0 && wrongRows === 0 && badAnswers === 0 && mostAttempts <= maxAttempts;
}

/** What the server says to an item; a fault that is an answer says it otherwise. */
export function answerTo(item: number, fault?: string): string {
  const whole = `${item} is what item ${item} gets`;
  switch (fault as (typeof dataKinds)[number] | undefined) {
    case "refusal":
      return "I can't help with that.";
    case "content_filter":
      return "";
    case "length":
      return whole.slice(0, 5);
    default:
      return whole;
  }
}
