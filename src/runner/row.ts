import type { Message } from "../templating/message.ts";

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/** Why an answer ended: OpenAI's words, plus `refusal` for a model that declined. */
export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter" | "refusal";

/** The log probability of one token of an answer (nats), with its rivals at that place. */
export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly top_logprobs?: readonly { readonly token: string; readonly logprob: number }[];
}

/** One answer of a model to an item. Only what the answer says: no usage, cost, time or provider id. */
export interface Sample {
  /** Which of the item's answers this is, from 0. */
  readonly index: number;
  readonly output_text: string;
  /** `output_text` parsed, where it is a JSON object or array; else null. */
  readonly output_json: Json;
  readonly tool_calls: readonly Json[];
  readonly finish_reason: FinishReason;
  /** Null where the provider gave none. */
  readonly logprobs: readonly TokenLogprob[] | null;
  /** In a cascade: who answered. */
  readonly served_by?: "first" | "fallback";
}

/** A grader's judgement of one sample. */
export interface Grade {
  /** From 0 to 1 unless the grader declares another range. */
  readonly score: number;
  readonly passed: boolean;
  /** What the answer was taken as, where it is a label (for the confusion matrix). */
  readonly label?: string;
  /** The label that was expected. */
  readonly expected?: string;
  /** Why there could be no judgement: it counts as not passed. */
  readonly invalid?: string;
}

/** The one shape between steps: one row per item and sample. */
export interface Row {
  readonly id: string;
  readonly item: JsonObject;
  readonly messages: readonly Message[];
  /** Null where no model has answered: the rows of a dataset. */
  readonly sample: Sample | null;
  readonly metadata: { readonly [key: string]: string };
  readonly grades: { readonly [grader: string]: Grade };
}
