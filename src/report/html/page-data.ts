import type { Results } from "../results.ts";
import type { ItemSet } from "./data.ts";

/** What the page reads first: all figures, and of the items what is filtered by. */
export interface PageData {
  readonly results: Results;
  readonly sets: readonly PageSet[];
}

/**
 * The items of one evaluation as they lie in the page: what is filtered by stands here, a column for each fact
 * with one entry an item; the items themselves lie in chunks of `chunkSize` that are parsed when they are looked at.
 */
export interface PageSet extends Pick<ItemSet, "step" | "rows" | "graders" | "models" | "total"> {
  readonly count: number;
  readonly chunkSize: number;
  /** Every label that was expected or given, sorted. */
  readonly labels: readonly string[];
  /** By grader and model, one letter an item. */
  readonly outcomes: readonly (readonly string[])[];
  /** By grader, one entry an item: an index into `labels`, or −1. */
  readonly expected: readonly (readonly number[])[];
  /** By grader and model, one entry an item: the label of its answer, or of each of its answers. */
  readonly given: readonly (readonly (readonly (number | readonly number[])[])[])[];
  readonly slices: readonly PageSlice[];
  /** Texts that stand in the prompt of every item, as numbers: they tell no item from another. */
  readonly common: readonly number[];
  /** How many characters all items' last messages begin with alike. */
  readonly lead: number;
}

/** What became of an item: most of its answers passed, or not, could not be judged, or there is none. */
export type OutcomeLetter = "p" | "f" | "i" | "-";

/** One slice of a set. */
export interface PageSlice {
  readonly name: string;
  /** Sorted. */
  readonly values: readonly string[];
  /** One entry an item: an index into `values`, or −1. */
  readonly of: readonly number[];
}

/** A text of a chunk: itself, or its place in the table of texts that occur more than once. */
export type PageText = string | number;

/** An item in a chunk. */
export interface PageItem {
  readonly id: string;
  readonly group?: string;
  readonly prompt: readonly (readonly [role: string, text: PageText])[];
  readonly metadata: readonly (readonly [name: string, text: PageText])[];
  readonly answers: readonly PageAnswer[];
}

/** An answer in a chunk; its model is an index. */
export interface PageAnswer {
  readonly model: number;
  readonly sample: number;
  readonly text: PageText;
  /** Left out where the answer ended by itself. */
  readonly finish?: string;
  readonly by?: "first" | "fallback";
  /** One entry a grader; null where it did not judge. Labels are indices, or −1. */
  readonly grades: readonly (PageGrade | null)[];
}

/** A grade in a chunk. */
export type PageGrade = readonly [
  passed: 0 | 1,
  score: number,
  given: number,
  expected: number,
  invalid?: PageText,
];
