import type { JSONSchema } from "json-schema-to-ts";
import type { Message } from "../templating/message.ts";
import type { Exchanges } from "./exchanges.ts";
import type { Price } from "./money/price.ts";
import type { FinishReason, Json, JsonObject, TokenLogprob } from "./row.ts";

/** Which of several answers to one and the same request is meant. */
export interface Draw {
  /** The how-many-eth item with this very request, from 0: identical items take successive draws. */
  readonly occurrence: number;
  /** The item's own sample, from 0. */
  readonly sample: number;
}

/** One request to a model, rendered. */
export interface ModelRequest {
  readonly model: string;
  readonly messages: readonly Message[];
  /** temperature, response_format, tools and the like, as the chat completions API names them. */
  readonly parameters: JsonObject;
  readonly draw: Draw;
  /** Metadata under which a provider that keeps completions is to keep this one; it does so where `parameters.store` is true. */
  readonly metadata?: { readonly [key: string]: string };
}

/** Tokens that an answer took; null where the provider told nothing. */
export interface Usage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  /** Of the input tokens, those that the provider had cached; left out where it told nothing. */
  readonly cached_tokens?: number;
}

/** A model's answer as the provider gave it. */
export interface ModelAnswer {
  readonly output_text: string;
  readonly tool_calls: readonly Json[];
  readonly finish_reason: FinishReason;
  readonly logprobs: readonly TokenLogprob[] | null;
  /** In a cascade: who answered. */
  readonly served_by?: "first" | "fallback";
  /** The name that the provider resolved the model to; null where it told none. */
  readonly resolved_model: string | null;
  readonly usage: Usage | null;
  /** What it cost, US dollars: what the provider says, else by the price that held; null or left out where neither is known. */
  readonly cost_usd?: number | null;
  /** In a cascade: what those of its parts took whose answers are kept; left out where none was asked. */
  readonly recorded?: {
    readonly latency_ms: number | null;
    readonly usage: Usage | null;
    readonly cost_usd: number | null;
  };
  /** Wall time of the successful attempt, milliseconds; null where it was not measured. */
  readonly latency_ms: number | null;
  /** The provider's id of this completion; null where it has none. */
  readonly provider_id: string | null;
}

/**
 * A request that got no answer: a time-out, an outage, an answer that was never recorded.
 * Not data: the row stays open and the next run asks again.
 */
export class RequestFailure extends Error {
  override readonly name = "RequestFailure";
  /** `stop`: no other request of this provider can succeed either (a wrong key, no quota). */
  readonly scope: "request" | "stop";
  /** What to do about it. */
  readonly hint: string | undefined;
  /** True where the provider may have carried out the request, and bill it. */
  readonly taken: boolean;

  constructor(
    message: string,
    options: { scope?: "request" | "stop"; hint?: string; cause?: unknown; taken?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.scope = options.scope ?? "request";
    this.hint = options.hint;
    this.taken = options.taken ?? false;
  }
}

/** What became of an attempt without an answer; `taken`: it may have been carried out, and be billed. */
export type AttemptEnd = "not sent" | "refused" | "taken";

/** How `execution:` tells a provider to work. Never part of a key. */
export interface RequestExecution {
  /** Requests under way at once. */
  readonly concurrency: number;
  /** Milliseconds one attempt may take. */
  readonly timeoutMs: number;
  /** Further attempts after the first. */
  readonly retries: number;
  /** When nothing more should be sent, by `performance.now()`; undefined where there is no such time. */
  readonly deadlineAt?: number;
  /** Aborted when what is under way may end, but no further attempt should be made. */
  readonly stop?: AbortSignal;
  /** Tells the step's user of trouble while it still goes on; one function for all requests of a step. */
  readonly note?: (text: string) => void;
  /**
   * Awaited before each attempt, so that each has its money. What it gives is called once where no answer came of
   * the attempt; the one that was answered is told by the answer itself.
   *
   * @throws OverBudget where there is no money for another
   */
  readonly onAttempt?: () => Promise<(end: AttemptEnd) => void>;
}

/** An open provider: it answers requests until it is closed. */
export interface Connection {
  /** @throws RequestFailure where there is no answer. */
  answer(request: ModelRequest, execution: RequestExecution, signal: AbortSignal): Promise<ModelAnswer>;
  /** What the provider says of a model, asked before money goes out. @throws RequestFailure where it cannot be asked */
  inspect?(model: string, signal: AbortSignal): Promise<ModelFacts>;
  /** Requests handed in together and fetched later, where the provider takes them. */
  readonly batches?: Batches;
  /** Completions that the provider keeps. */
  readonly completions?: RemoteCompletions;
  close(): Promise<void>;
}

/** What a provider says of a model. */
export interface ModelFacts {
  /** Undefined where the server keeps no list to look in. */
  readonly exists: boolean | undefined;
  /** The day on which it goes, such as 2027-01-14; null where the provider names none. */
  readonly shutdown_date: string | null;
  /** The names that the server lists, where the model is not among them: it may answer to others as well. */
  readonly listed?: readonly string[];
}

/** Where a batch stands; `ended` is final, however it ended. */
export type BatchState = "running" | "cancelling" | "ended";

/** A batch as the provider tells it. */
export interface RemoteBatch {
  readonly id: string;
  readonly state: BatchState;
  /** The provider's own word, such as in_progress or expired. */
  readonly status: string;
  readonly counts: { readonly total: number; readonly completed: number; readonly failed: number };
  /** Why the whole batch was refused; undefined where it was not. */
  readonly refusal: string | undefined;
  /** Beside `refusal`: true where it was refused for now alone, as while too much waits at the provider already. */
  readonly again?: boolean;
  /** Files with its results, where there are some. */
  readonly files: readonly string[];
}

/** The result of one request of a batch. */
export type BatchResult = {
  /** The name under which it was handed in. */
  readonly id: string;
} & (
  | { readonly answer: ModelAnswer }
  /** `again`: the same request may succeed when it is handed in once more. */
  | { readonly fault: string; readonly again: boolean }
);

/** Requests that are handed in as files and answered within a day, for less. */
export interface Batches {
  /** What one file may hold. */
  readonly limits: { readonly requests: number; readonly bytes: number };
  /** One line of a file, without a line break. @throws RequestFailure where the request cannot be sent */
  line(id: string, request: ModelRequest): string;
  /** Hands in a file. `tag` is written into the batch's metadata, so that `find` knows it again. Creates exactly one, or none. */
  create(file: string, tag: string, signal: AbortSignal): Promise<RemoteBatch>;
  /** Batches that were created under this tag, the newest first. */
  find(tag: string, signal: AbortSignal): Promise<readonly RemoteBatch[]>;
  read(id: string, signal: AbortSignal): Promise<RemoteBatch>;
  /** Results, in no order; requests without one are left out. */
  results(batch: RemoteBatch, signal: AbortSignal): AsyncIterable<BatchResult>;
  cancel(id: string, signal: AbortSignal): Promise<RemoteBatch>;
}

/** A completion that a provider keeps. */
export interface RemoteCompletion {
  readonly id: string;
  /** The model's resolved name. */
  readonly model: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly metadata: { readonly [key: string]: string };
  readonly messages: readonly Message[];
  /** What else the request carried and the provider still knows: tools, response_format, temperature and the like. */
  readonly parameters: JsonObject;
  readonly answer: ModelAnswer;
}

/** Completions that a provider keeps. */
export interface RemoteCompletions {
  /** The oldest first, with their messages; `created` is inclusive, in seconds since the epoch. */
  list(
    filter: {
      readonly model?: string;
      readonly metadata?: { readonly [key: string]: string };
      readonly created?: { readonly from?: number; readonly to?: number };
    },
    signal: AbortSignal,
  ): AsyncIterable<RemoteCompletion>;
  /** One by its id; undefined where it is gone. */
  read(id: string, signal: AbortSignal): Promise<RemoteCompletion | undefined>;
  /** Replaces its metadata. */
  tag(id: string, metadata: { readonly [key: string]: string }, signal: AbortSignal): Promise<void>;
  delete(id: string, signal: AbortSignal): Promise<void>;
}

/** What a provider may use of the world. */
export interface ProviderContext<P> {
  readonly params: P;
  /** Absolute path of a file that a parameter names, checked to be inside the project. */
  file(path: string): string;
  /** A secret by the name of its environment variable; undefined where it is not set. */
  secret(name: string): string | undefined;
  /** True where the user (never the spec) allowed this origin. */
  allowsOrigin(origin: string): boolean;
  /** The exchanges of this run, where they are written down or served from a file; undefined with the network alone. */
  readonly exchanges?: Exchanges | undefined;
  /** The one thing of this run under a name: made by whoever asks first, such as the limiter of an account. */
  shared<T>(name: string, make: () => T): T;
}

/** What is wrong with a request parameter. */
export interface RequestFault {
  readonly key: string;
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** A warning does not keep the request from being sent. @defaultValue error */
  readonly severity?: "error" | "warning";
}

/** What a provider is: its parameters, what it costs, and how it is opened. */
export interface ProviderDefinition<P = unknown> {
  readonly name: string;
  readonly version: number;
  readonly summary: string;
  /** Schema of `providers.NAME` without `type`. Keyword `file: true` marks a path that is read. */
  readonly params: JSONSchema;
  /** True where asking costs neither money nor anybody else's capacity. */
  readonly free: boolean;
  /** Where it is not free: false where nobody is billed, such as a server without a key on this machine. @defaultValue true */
  billed?(params: P): boolean;
  /** What a model costs by the list that is kept with this provider; undefined where it is not in it. */
  price?(params: P, model: string): Price | undefined;
  /** True where it takes requests in batches. */
  readonly batches?: boolean;
  /** True where it may keep completions. */
  readonly completions?: boolean;
  /** False where answering again is cheaper than keeping the answer. */
  readonly kept: boolean;
  /** Parameters that decide which answers come: the provider's part of an answer's key. */
  identity(params: P): JsonObject;
  /** The origin that requests go to, such as `https://api.openai.com`; undefined where nothing leaves the machine. */
  origin?(params: P): string | undefined;
  /** The name of the trainer that trains this provider's models where a step names none. */
  readonly trainer?: string;
  /** Faults of the parameters that the schema cannot express, by key. */
  check?(params: P): readonly { readonly key: string; readonly message: string }[];
  /** Request parameters that this provider cannot take, or that are most likely misspelt, by key. */
  checkRequest?(parameters: JsonObject): readonly RequestFault[];
  open(context: ProviderContext<P>): Promise<Connection>;
  /** Serves a tuned model's file, for providers whose models are trained here. */
  openArtifact?(path: string): Promise<Connection>;
}
