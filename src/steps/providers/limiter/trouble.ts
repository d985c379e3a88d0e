/** Tells the user of a step something. */
export type Note = (text: string) => void;

/** What goes wrong while a step asks, told once a step and cause: else a step that only tries again seems to hang. */
export interface Trouble {
  answered(): void;
  /** A request failed that is sent again; the message says why. */
  failed(message: string): void;
  /** The server at an origin makes requests wait, milliseconds. */
  waits(ms: number, origin: string): void;
  /** One request took more tokens than any minute has by the provider's limits. */
  outgrew(tokens: number, limit: number): void;
}

/** The trouble of the step that this note belongs to; without one nobody is told. */
export function troubleOf(note: Note | undefined): Trouble {
  if (note === undefined) return untold;
  const known = troubles.get(note) ?? openTrouble(note);
  troubles.set(note, known);
  return known;
}

/** So many failures without an answer between them and the beginning are no chance. */
const enoughFailures = 10;

/** A shorter wait is over before it is read. */
const longWaitMs = 5000;

const untold: Trouble = { answered() {}, failed() {}, waits() {}, outgrew() {} };

// All requests of a step carry the same note, and nothing else says whose they are.
const troubles = new WeakMap<Note, Trouble>();

function openTrouble(note: Note): Trouble {
  const told = new Set<string>();
  let failures = 0;
  let hasAnswer = false;

  function tell(cause: string, text: string): void {
    if (told.has(cause)) return;
    told.add(cause);
    note(text);
  }

  return {
    answered() {
      hasAnswer = true;
    },
    failed(message) {
      failures += 1;
      if (!hasAnswer && failures >= enoughFailures)
        tell("failing", `every request so far failed: ${message}; trying again`);
    },
    waits(ms, origin) {
      if (ms > longWaitMs) tell("waiting", `waits ${Math.ceil(ms / 1000)} s: ${origin} asks for it`);
    },
    outgrew(tokens, limit) {
      tell(
        "outgrown",
        `one request alone took ${tokens.toLocaleString("en-US")} tokens, and limits.tokens_per_minute is ${limit.toLocaleString("en-US")}: each waits for the minute of the one before it`,
      );
    },
  };
}
