import type { Message } from "../templating/message.ts";
import type { Scope } from "../templating/template.ts";
import type { Draw, ModelAnswer } from "./provider.ts";
import type { JsonObject } from "./row.ts";

/** One request that a step asks a model. */
export interface Ask {
  readonly messages: readonly Message[];
  /** Request parameters; they win over the model's own. */
  readonly parameters: JsonObject;
  readonly draw: Draw;
  /** Metadata under which the completion is stored, with the item that asked. */
  readonly tags?: { readonly item: string; readonly metadata: { readonly [key: string]: string } };
}

/** A model that a step may ask: a provider's, a tuned one, or a cascade. */
export interface Model {
  /** The name in the spec, for messages only. */
  readonly name: string;
  /** What decides its answers, hashed; stands for the model in artifacts. */
  readonly digest: string;
  /** True where asking it never costs anything. */
  readonly free: boolean;
  /** True where its answers are somebody's work worth keeping; false where it answers in microseconds. */
  readonly kept: boolean;
  /** @throws RequestFailure where there is no answer. */
  answer(ask: Ask): Promise<ModelAnswer>;
  /**
   * Where the step's answers are bought in batches: hands in what is not kept, waits, and keeps what comes, so
   * that `answer` then finds all but those that failed. Left out where nothing is bought.
   */
  prefetch?(asks: () => AsyncIterable<Ask>): Promise<void>;
}

/** A prompt of the spec, compiled. */
export interface Prompt {
  /** Request parameters that the prompt brings; they win over the model's own. */
  readonly request: JsonObject;
  /** Request parameters that it takes from a row; they win over those of `request`. */
  requestFor?(scope: Scope): JsonObject;
  /** @throws RenderError naming a variable that this scope lacks. */
  render(scope: Scope): readonly Message[];
}

/** How `execution:` of a step says it should be carried out. Never part of a key. */
export interface Execution {
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly retries: number;
  /** After so many failed rows of one step no further request is sent. */
  readonly maxFailedRows: number;
  /** `batch`: answers are handed in together and fetched within a day, where the provider takes that. */
  readonly mode: "live" | "batch";
  /** Milliseconds that the step may go on asking; undefined: as long as it takes. */
  readonly deadlineMs: number | undefined;
  /** Only so many questions a model are asked, spread evenly, to learn what all of them will take. */
  readonly sample?: number | undefined;
}
