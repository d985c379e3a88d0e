/** At most so much within any window of time, spread over it. Times are milliseconds of one steady clock. */
export interface RateWindow {
  /** The earliest time from `now` on at which so much more fits, as far as it is known now. */
  fitsAt(amount: number, now: number): number;
  /** Takes so much for something that is sent now. */
  take(amount: number, now: number): Taken;
  /** What was taken was really so much, and the answer came now: it arrived in between. */
  settle(taken: Taken, amount: number, now: number): void;
  /** From now on no more than this. */
  lower(limit: number): void;
}

/** Something taken. */
export interface Taken {
  amount: number;
  /** When it certainly has left every window that the server may count. */
  goneAt: number;
  /** False once it has gone. */
  counts: boolean;
}

/** What decides how close to the limit a window goes. */
export interface WindowSettings {
  readonly limit: number;
  /** @defaultValue 60,000 */
  readonly windowMs?: number;
  /** Milliseconds after sending within which a request has arrived at the server. @defaultValue 1,500 */
  readonly arrivalMs?: number;
  /** Milliseconds by which two clocks may drift apart over a window, and timers round. @defaultValue 100 */
  readonly guardMs?: number;
  /** So much time's worth may be sent at once. @defaultValue 2,000 */
  readonly burstMs?: number;
}

/**
 * Opens a window that the server never sees overstepped, whenever between sending and answer it counts a request:
 *
 *     sent      arrives                    answered
 *     |---------x--------------------------|
 *               |<-------- 60 s --------->|   counted by the server
 *     |<------------------ 60 s + latest arrival + guard ------------------>|   counted here
 *
 * Take any 60 s of the server's with some requests in it, and of these the one sent last: all the others arrived less
 * than 60 s before, so they are still counted here when it is sent, and together they are within the limit.
 * Beside that, a bucket that fills evenly keeps a whole window from going out at once.
 */
export function openRateWindow(settings: WindowSettings): RateWindow {
  const { windowMs = 60_000, arrivalMs = 1500, guardMs = 100, burstMs = 2000 } = settings;
  let { limit } = settings;
  // In the order of sending; those before `first` are gone.
  let taken: Taken[] = [];
  let first = 0;
  let sum = 0;
  let level = capacity();
  let filledAt = Number.NEGATIVE_INFINITY;

  function capacity(): number {
    return Math.max(1, (limit * burstMs) / windowMs);
  }

  function fill(now: number): void {
    if (now > filledAt) level = Math.min(capacity(), level + ((now - filledAt) * limit) / windowMs);
    filledAt = Math.max(now, filledAt);
  }

  function forget(now: number): void {
    for (let one = taken[first]; one !== undefined && one.goneAt <= now; one = taken[++first]) {
      one.counts = false;
      sum -= one.amount;
    }
    if (first > 1000 && first > taken.length / 2) {
      taken = taken.slice(first);
      first = 0;
    }
  }

  function freeAt(amount: number, now: number): number {
    let left = sum;
    let at = now;
    for (let index = first; index < taken.length && left + amount > limit; index += 1) {
      left -= taken[index]!.amount;
      at = Math.max(at, taken[index]!.goneAt);
    }
    return at;
  }

  return {
    fitsAt(asked, now) {
      forget(now);
      fill(now);
      // What is more than a whole window's worth goes alone rather than never.
      const amount = Math.min(asked, limit);
      const missing = Math.min(amount, capacity()) - level;
      const filled = missing <= 1e-9 ? now : now + (missing * windowMs) / limit;
      return Math.max(filled, freeAt(amount, now));
    },
    take(amount, now) {
      fill(now);
      const one = { amount, goneAt: now + arrivalMs + windowMs + guardMs, counts: true };
      taken.push(one);
      sum += amount;
      level -= amount;
      return one;
    },
    settle(one, amount, now) {
      fill(now);
      if (one.counts) sum += amount - one.amount;
      level = Math.min(capacity(), level + one.amount - amount);
      one.amount = amount;
      one.goneAt = Math.min(one.goneAt, now + windowMs + guardMs);
    },
    lower(lower) {
      limit = Math.min(limit, lower);
      level = Math.min(level, capacity());
    },
  };
}
