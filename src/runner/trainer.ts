import type { JSONSchema } from "json-schema-to-ts";
import type { Message } from "../templating/message.ts";
import type { OutputWriter } from "./output-writer.ts";
import type { Json, JsonObject } from "./row.ts";

/** One example to learn from. */
export interface TrainingExample {
  readonly id: string;
  readonly messages: readonly Message[];
  /** A label or text, or weights over labels that add up to more than 0. */
  readonly target: string | { readonly [label: string]: number };
  /** The stored answer that the example came from, where there is one. */
  readonly answer: { readonly text: string; readonly json: Json } | null;
}

/** What a trainer gets. */
export interface TrainerContext<H> {
  readonly base: { readonly provider: string; readonly model: string };
  readonly examples: readonly TrainingExample[];
  readonly validation: readonly TrainingExample[];
  readonly hyperparameters: H;
  readonly seed: number;
  /** How a classifier writes its answer: field → what goes into it, written by name; undefined: as the stored answers did. */
  readonly answer: { readonly [field: string]: "label" | "probabilities" | "confidence" } | undefined;
  readonly output: OutputWriter;
  readonly signal: AbortSignal;
  progress(done: number, total: number, note?: string): void;
  warn(message: string): void;
}

/** What a trainer is. */
export interface TrainerDefinition<H = unknown> {
  readonly name: string;
  readonly version: number;
  readonly summary: string;
  /** Schema of `hyperparameters`. */
  readonly hyperparameters: JSONSchema;
  /** The provider type that serves what it makes. */
  readonly servedBy: string;
  /** True where training costs no money. */
  readonly free: boolean;
  /** Faults of a base model that it cannot train. */
  check?(base: { provider: string; model: string }): string | undefined;
  /** @returns figures for the step's facts. */
  train(context: TrainerContext<H>): Promise<JsonObject>;
}
