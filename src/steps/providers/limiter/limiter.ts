import type { Usage } from "../../../runner/provider.ts";
import { RequestFailure } from "../../../runner/provider.ts";
import { type Clock, steadyClock } from "../clock.ts";
import { onAbort } from "../on-abort.ts";
import { openAdaptiveLimit } from "./adaptive-limit.ts";
import {
  backMs,
  type RateHint,
  type ReadHeader,
  rateNames,
  readRateHints,
  readRetryAfterMs,
  readWaitMs,
} from "./rate-headers.ts";
import { openRateWindow, type RateWindow, type Taken } from "./rate-window.ts";
import { type AskedSize, openTokenBounds } from "./token-bounds.ts";
import { type Note, troubleOf } from "./trouble.ts";

/** What an account may do; what is left out has no limit that is known. */
export interface Limits {
  readonly requests_per_minute?: number | undefined;
  readonly tokens_per_minute?: number | undefined;
  /** Requests under way at once. */
  readonly concurrency?: number | undefined;
}

/** The one gate through which all requests of an account go, whatever step sends them. */
export interface Limiter {
  /** Lower limits take the place of those so far. */
  lower(limits: Limits): void;
  /**
   * Waits until a request may be sent. Whoever is let in leaves by the permit.
   * @throws RequestFailure where it may not be sent in the time that there is, or `stop` is aborted; the signal's
   * reason where that is aborted
   */
  enter(entry: Entry): Permit | Promise<Permit>;
  /** True once the server has answered anything. */
  readonly answered: boolean;
  /** True where it gave a good answer a moment ago: what fails then fails by itself. */
  isWell(): boolean;
}

/** A request that wants to be sent. */
export interface Entry {
  readonly size: AskedSize;
  readonly signal: AbortSignal;
  /** Aborted when nothing more should be sent. */
  readonly stop?: AbortSignal | undefined;
  /** When it need not be sent any more, by the limiter's clock. */
  readonly deadlineAt?: number | undefined;
  /** Milliseconds that the server may make it wait at once. */
  readonly patienceMs: number;
  /** Told of long waits, and of limits that one request passes. */
  readonly note?: Note | undefined;
}

/** The right to send one request now. */
export interface Permit {
  /** To be called once, with what came: nothing where no response came. */
  leave(came?: Came): void;
}

/** What came of a request. */
export interface Came {
  readonly status: number;
  readonly header: ReadHeader;
  /** True where it is the answer that was asked for. */
  readonly good: boolean;
  /** What it took; null where the server did not tell, or refused it. */
  readonly usage: Usage | null;
}

/** Opens a limiter for an account at an origin, which is named where something has to be told. */
export function openLimiter(origin: string, clock: Clock = steadyClock): Limiter {
  const windows: { requests?: RateWindow; tokens?: RateWindow } = {};
  const hints: { requests?: LastingHint; tokens?: LastingHint } = {};
  const bounds = openTokenBounds();
  const adaptive = openAdaptiveLimit();
  const waiting = new Set<Waiting>();
  let tokensPerMinute = Number.POSITIVE_INFINITY;
  let underWay = 0;
  let tokensUnderWay = 0;
  // The server's wish, and what its figures say: the one may be too long to wait for, the other is never.
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let heldUntil = Number.NEGATIVE_INFINITY;
  let answered = false;
  let goodAt = Number.NEGATIVE_INFINITY;
  let cancelWake: (() => void) | undefined;

  /** Now, the time at which it may be tried again, or infinity where another one has to leave first. */
  function opensAt(tokens: number, now: number): number {
    const until = Math.max(pausedUntil, heldUntil);
    if (until > now) return until;
    if (underWay >= Math.floor(adaptive.most)) return Number.POSITIVE_INFINITY;
    // What is left is left for those under way too: some of them have not been counted yet.
    if (underWay > 0 && isShort(hints.requests, underWay + 1, now)) return Number.POSITIVE_INFINITY;
    if (underWay > 0 && isShort(hints.tokens, tokensUnderWay + tokens, now)) return Number.POSITIVE_INFINITY;
    return Math.max(windows.requests?.fitsAt(1, now) ?? now, windows.tokens?.fitsAt(tokens, now) ?? now);
  }

  function admit({ size, note }: Entry, bound: Usage, now: number): Permit {
    const tokens = sum(bound);
    const request = windows.requests?.take(1, now);
    const taken = windows.tokens?.take(tokens, now);
    underWay += 1;
    tokensUnderWay += tokens;
    return {
      leave(came) {
        underWay -= 1;
        tokensUnderWay -= tokens;
        if (came !== undefined) learn(came, { size, note, bound, request, taken });
        letIn();
      },
    };
  }

  function learn(
    { status, header, good, usage }: Came,
    { size, note, bound, request, taken }: Admitted,
  ): void {
    const now = clock.now();
    answered = true;
    if (good) goodAt = now;
    if (usage !== null) bounds.learn(size, usage);
    if (usage !== null && sum(usage) > tokensPerMinute) troubleOf(note).outgrew(sum(usage), tokensPerMinute);
    if (request !== undefined) windows.requests?.settle(request, 1, now);
    // What was refused has written nothing; what was answered without being counted may have taken all of it.
    const tokens = usage !== null ? sum(usage) : status < 400 ? sum(bound) : bound.input_tokens;
    if (taken !== undefined) windows.tokens?.settle(taken, tokens, now);
    adaptive.answered(overloads.has(status), underWay + 1);
    const waitMs = status < 400 ? undefined : readWaitMs(status, header);
    if (waitMs !== undefined && readRetryAfterMs(header) !== undefined)
      pausedUntil = Math.max(pausedUntil, now + waitMs);
    else if (waitMs !== undefined) hold(now + waitMs);
    const told = readRateHints(header);
    for (const name of rateNames) {
      const hint = told[name];
      // A window of our own knows better than numbers that were true when the response was sent.
      if (hint === undefined || windows[name] !== undefined) continue;
      hints[name] = { ...hint, until: now + hint.resetMs };
      if (hint.remaining === 0 && waitMs === undefined)
        hold(now + backMs(hint, name === "requests" ? 1 : tokens));
    }
  }

  function hold(until: number): void {
    heldUntil = Math.max(heldUntil, until);
  }

  /** Lets in whoever may go, in the order in which they came. */
  function letIn(): void {
    cancelWake?.();
    cancelWake = undefined;
    const now = clock.now();
    let wakeAt = Number.POSITIVE_INFINITY;
    for (const one of waiting) {
      const refusal = refuse(one.entry, now);
      if (refusal !== undefined) {
        one.end(refusal);
        continue;
      }
      wakeAt = Math.min(wakeAt, one.entry.deadlineAt ?? wakeAt);
      troubleOf(one.entry.note).waits(Math.max(pausedUntil, heldUntil) - now, origin);
    }
    for (const one of waiting) {
      const bound = bounds.of(one.entry.size);
      const at = opensAt(sum(bound), now);
      if (at > now) {
        wakeAt = Math.min(wakeAt, at);
        break;
      }
      one.end(admit(one.entry, bound, now));
    }
    if (waiting.size > 0 && wakeAt < Number.POSITIVE_INFINITY) cancelWake = clock.wake(letIn, wakeAt);
  }

  function refuse({ deadlineAt, patienceMs }: Entry, now: number): RequestFailure | undefined {
    if (deadlineAt !== undefined && deadlineAt <= now)
      return new RequestFailure("not sent: the time that the step has is over", {
        scope: "stop",
        hint: "what was answered is kept: run again, or give the step more time with execution.deadline",
      });
    const waitMs = pausedUntil - now;
    if (waitMs <= Math.min(patienceMs, (deadlineAt ?? Number.POSITIVE_INFINITY) - now)) return undefined;
    return new RequestFailure(`not sent: ${origin} asks to wait ${Math.ceil(waitMs / 1000)} s`, {
      scope: "stop",
      hint: "what was answered is kept: run again when that time is over",
    });
  }

  return {
    get answered() {
      return answered;
    },
    isWell: () => clock.now() - goodAt < wellMs,
    lower({ requests_per_minute: requests, tokens_per_minute: tokens, concurrency }) {
      if (requests !== undefined) windows.requests = lowerWindow(windows.requests, requests);
      tokensPerMinute = Math.min(tokensPerMinute, tokens ?? tokensPerMinute);
      if (tokens !== undefined) windows.tokens = lowerWindow(windows.tokens, tokens);
      if (concurrency !== undefined) adaptive.lower(concurrency);
    },
    enter(entry) {
      entry.signal.throwIfAborted();
      if (entry.stop?.aborted) throw stopped();
      const now = clock.now();
      if (waiting.size === 0) {
        const refusal = refuse(entry, now);
        if (refusal !== undefined) throw refusal;
        const bound = bounds.of(entry.size);
        if (opensAt(sum(bound), now) <= now) return admit(entry, bound, now);
      }
      return new Promise((resolve, reject) => {
        const one: Waiting = {
          entry,
          end(outcome) {
            waiting.delete(one);
            for (const stopListening of listening) stopListening();
            if (outcome instanceof Error) reject(outcome);
            else resolve(outcome);
          },
        };
        const listening = [
          onAbort(entry.signal, (reason) => one.end(reason as Error)),
          onAbort(entry.stop, () => one.end(stopped())),
        ];
        waiting.add(one);
        letIn();
      });
    },
  };
}

/** A server that gave no good answer for so long is having an outage. */
const wellMs = 5000;

/** Statuses that say "too much", rather than "something broke". */
const overloads: ReadonlySet<number> = new Set([429, 503, 529]);

interface LastingHint extends RateHint {
  /** When it says nothing any more. */
  readonly until: number;
}

interface Waiting {
  readonly entry: Entry;
  end(outcome: Permit | Error): void;
}

interface Admitted {
  readonly size: AskedSize;
  readonly note: Note | undefined;
  readonly bound: Usage;
  readonly request: Taken | undefined;
  readonly taken: Taken | undefined;
}

function isShort(hint: LastingHint | undefined, wanted: number, now: number): boolean {
  return hint !== undefined && hint.until > now && hint.remaining < wanted;
}

function lowerWindow(window: RateWindow | undefined, limit: number): RateWindow {
  window?.lower(limit);
  return window ?? openRateWindow({ limit });
}

function stopped(): RequestFailure {
  return new RequestFailure("not sent: the run is ending", { scope: "stop" });
}

function sum({ input_tokens, output_tokens }: Usage): number {
  return input_tokens + output_tokens;
}
