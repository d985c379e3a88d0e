import type { ModelRequest } from "../provider.ts";
import type { JsonObject } from "../row.ts";

/** A batch at a provider, from before it is created until its results are kept. */
export interface BatchJob {
  /** The tag that stands in the batch's metadata, 32 hex digits. */
  readonly id: string;
  /** Who wanted its answers first. */
  readonly spec: string;
  readonly step: string;
  /** The provider's identity. */
  readonly provider: JsonObject;
  /** The model as its provider calls it; a batch asks one alone. */
  readonly model: string;
  /** The how-many-eth time that these requests are handed in, from 1. */
  readonly round: number;
  /** Milliseconds since the epoch. */
  readonly created: number;
  /** When its creation was sent, milliseconds since the epoch; null as long as nothing was. */
  readonly handed: number | null;
  /** The provider's id of the batch; null as long as it is not known to be there. */
  readonly remote: string | null;
  /** How many requests it carries. */
  readonly requests: number;
  /** Where it stood when it was last looked at. */
  readonly counts: { readonly completed: number; readonly failed: number };
  /** True from `distill cancel` on. */
  readonly cancelled: boolean;
  /** How it ended; null while it is open. */
  readonly outcome: JobOutcome | null;
}

/** How a job ended. */
export type JobOutcome = "kept" | "cancelled" | "refused" | "never created";

/** One request of a batch. */
export interface JobRequest {
  /** The answer's key, and the request's name in the batch. */
  readonly key: string;
  readonly request: ModelRequest;
}

/** What the requests become that a job could not get answered. */
export interface Successor {
  readonly id: string;
  readonly round: number;
  readonly created: number;
  /** Keys of requests that the job before carried. */
  readonly keys: readonly string[];
}

/** What is written down of batches, durably. A request is in one open job at most, so that none is bought twice. */
export interface Jobs {
  /**
   * Lets a job carry requests, but for those that another open job carries and those whose answer is kept. It is
   * opened when there is something to carry.
   *
   * @returns the keys that it took, and the ids of the other jobs
   */
  add(
    job: Pick<BatchJob, "id" | "spec" | "step" | "provider" | "model" | "created">,
    requests: readonly JobRequest[],
  ): { readonly taken: readonly string[]; readonly others: readonly string[] };
  read(id: string): BatchJob | undefined;
  /** Changes what is known of an open job; one that has ended stays as it is. */
  note(id: string, change: Partial<Pick<BatchJob, "handed" | "remote" | "counts" | "cancelled">>): void;
  /** Jobs that have not ended, the oldest first. */
  open(): readonly BatchJob[];
  /** The open job that carries the request with this key. */
  holding(key: string): BatchJob | undefined;
  /** An open job's requests, in the order in which they were added. */
  requests(id: string): Iterable<JobRequest>;
  /** Their keys. */
  keys(id: string): Iterable<string>;
  /** A request, where this open job carries it. */
  request(id: string, key: string): JobRequest["request"] | undefined;
  /** Lets go of an open job's requests. */
  drop(id: string, keys: readonly string[]): void;
  /** Ends a job and lets go of its requests, but for those that successors take over. */
  end(id: string, outcome: JobOutcome, successors?: readonly Successor[]): void;
  /** Ends open jobs whose every request is answered: whoever fetched the answers died before it could. */
  endAnswered(): void;
}
