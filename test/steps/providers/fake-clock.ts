import type { Clock } from "../../../src/steps/providers/clock.ts";

/** A clock that stands still between things that happen. */
export interface FakeClock extends Clock {
  /** Runs everything that happens up to a time, in order, and what follows from it. */
  runUntil(at: number): Promise<void>;
}

/** Opens a clock at 0. */
export function openFakeClock(): FakeClock {
  let now = 0;
  let order = 0;
  const events: { readonly at: number; readonly order: number; readonly callback: () => void }[] = [];

  return {
    now: () => now,
    wake(callback, at) {
      const event = { at: Math.max(now, at), order: order++, callback };
      const place = events.findIndex((other) => other.at > event.at);
      events.splice(place < 0 ? events.length : place, 0, event);
      return () => {
        const found = events.indexOf(event);
        if (found >= 0) events.splice(found, 1);
      };
    },
    async runUntil(end) {
      await settle();
      for (let event = events[0]; event !== undefined && event.at <= end; event = events[0]) {
        events.shift();
        now = event.at;
        event.callback();
        await settle();
      }
      now = end;
    },
  };
}

/** Whoever was let in goes on in a later turn. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await undefined;
}
