import { exit } from "./exit.ts";

/** After a hard stop so much time is left to end child processes and let go of the store. */
const graceMs = 5_000;

/**
 * Lets a run be stopped by SIGINT, SIGTERM and SIGHUP: the first lets what is under way be finished and kept,
 * the second ends that too.
 *
 * @returns a function that stops listening
 */
export function stopOnSignals(options: {
  readonly soft: AbortController;
  readonly hard: AbortController;
  readonly note: (message: string) => void;
}): () => void {
  const { soft, hard, note } = options;
  const stop = () => {
    if (!soft.signal.aborted) {
      note("Stopping: what is under way is finished and kept. Once more ends it at once.");
      soft.abort(new Error("interrupted"));
      return;
    }
    hard.abort(new Error("interrupted"));
    // Whatever does not listen must not hold the terminal for ever.
    setTimeout(() => process.exit(exit.interrupted), graceMs).unref();
  };
  // The terminal is gone: that nothing can be said any more must not end what is under way.
  const hangUp = () => {
    process.stderr.on("error", () => {});
    stop();
  };
  process.on("SIGINT", stop).on("SIGTERM", stop).on("SIGHUP", hangUp);
  return () => void process.off("SIGINT", stop).off("SIGTERM", stop).off("SIGHUP", hangUp);
}
