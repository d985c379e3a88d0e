/** A steady clock, in milliseconds. */
export interface Clock {
  now(): number;
  /** Calls back when it is that late; the returned function cancels it. */
  wake(callback: () => void, at: number): () => void;
}

/** The clock of `performance.now`. */
export const steadyClock: Clock = {
  now: () => performance.now(),
  wake(callback, at) {
    // Timers take no more, and may ring a millisecond early.
    const timer = setTimeout(callback, Math.min(2 ** 31 - 1, Math.max(1, at - performance.now() + 1)));
    return () => clearTimeout(timer);
  },
};
