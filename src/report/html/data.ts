import type { FinishReason, Grade } from "../../runner/row.ts";
import type { Message } from "../../templating/message.ts";
import type { Results } from "../results.ts";

/** Everything that the page tells. */
export interface HtmlReport {
  readonly results: Results;
  readonly items: readonly ItemSet[];
}

/** The items of one evaluation with what every model answered. */
export interface ItemSet {
  /** The step that evaluated. */
  readonly step: string;
  /** What the rows are called, such as `test`. */
  readonly rows: string | undefined;
  /** Names, in the order of the spec. */
  readonly graders: readonly string[];
  readonly models: readonly string[];
  /** Items that were evaluated; there may be more than `items` holds. */
  readonly total: number;
  readonly items: readonly Item[];
}

/** One item with every answer to it. */
export interface Item {
  readonly id: string;
  /** Items of one group are not independent of each other. */
  readonly group?: string;
  /** The item's value in every slice. */
  readonly slices?: { readonly [name: string]: string };
  /** What the models were asked; empty where the rows are not in the store any more. */
  readonly messages: readonly Message[];
  /** What the row says beside the prompt: columns that the prompt does not show, and metadata. */
  readonly metadata?: { readonly [name: string]: string };
  readonly answers: readonly ItemAnswer[];
}

/** One answer to an item. */
export interface ItemAnswer {
  /** The model's name. */
  readonly model: string;
  /** From 0. */
  readonly sample: number;
  readonly output_text: string;
  readonly finish_reason: FinishReason;
  /** In a cascade: who answered. */
  readonly served_by?: "first" | "fallback";
  /** By the grader's name. */
  readonly grades: { readonly [grader: string]: Grade };
}
