import type { ModelAnswer } from "../provider.ts";
import type { JsonObject } from "../row.ts";
import type { CompletionRecord } from "../store.ts";

/** The formats that completions come in. */
export const formats = ["distill", "openai", "chat", "fine-tuning", "promptfoo"] as const;

/** One of them. */
export type Format = (typeof formats)[number];

/** A completion as a file of another tool tells it. */
export interface Imported {
  /** The model's name there; undefined where it tells none. */
  readonly model: string | undefined;
  readonly messages: readonly JsonObject[];
  /** What else the request carried: temperature, tools and the like. */
  readonly parameters: JsonObject;
  readonly answer: ModelAnswer;
  readonly metadata: { readonly [key: string]: string };
  /** Milliseconds since the epoch; undefined where it is not told. */
  readonly created: number | undefined;
}

/** What one record of a file gives: completions, or why it gives none. */
export type ReadRecord =
  | { readonly completions: readonly Imported[] }
  /** A record of our own, which goes back in as it came out. */
  | { readonly record: CompletionRecord }
  /** No answer came there, which is no fault of the file. */
  | { readonly without: string }
  | { readonly fault: string };

/** Told of every field that has no place in a stored completion. */
export type OnUnmapped = (field: string) => void;
