import type { Batches, ModelAnswer, ModelRequest } from "../provider.ts";
import type { JsonObject } from "../row.ts";
import type { Store } from "../store.ts";

/** What buying in batches needs of the world, whoever asks. */
export interface BatchDesk {
  readonly store: Pick<Store, "jobs" | "tryLease" | "answer">;
  readonly batches: Batches;
  /** Who asks whom: jobs are written down under it. */
  readonly scope: {
    readonly spec: string;
    readonly step: string;
    /** The provider's identity. */
    readonly provider: JsonObject;
    /** The model as its provider calls it. */
    readonly model: string;
  };
  /**
   * Keeps an answer at a batch's price. Also called for requests that are not among this step's own: those of
   * an earlier form of the step, or of another spec whose job this run came to fetch; always of this model.
   */
  keep(key: string, request: ModelRequest, answer: ModelAnswer): Promise<unknown>;
  /** Called when so many requests were handed in. */
  sent(count: number): void;
  /** Tells the user something, once. */
  note(message: string): void;
  progress(done: number, total: number): void;
  /** Aborted when the run is to end: batches go on at the provider. */
  readonly stop: AbortSignal;
  /** Ends what is under way. */
  readonly hard: AbortSignal;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves early where the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Waits so many milliseconds. @throws the reason of `stop` or `hard` */
export async function pause(desk: Pick<BatchDesk, "stop" | "hard" | "sleep">, ms: number): Promise<void> {
  throwIfEnding(desk);
  await desk.sleep(ms, desk.stop);
  throwIfEnding(desk);
}

/** @throws the reason of `stop` or `hard` */
export function throwIfEnding({ stop, hard }: Pick<BatchDesk, "stop" | "hard">): void {
  hard.throwIfAborted();
  stop.throwIfAborted();
}
