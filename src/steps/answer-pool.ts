import { setImmediate } from "node:timers/promises";
import { RequestFailure } from "../runner/provider.ts";
import type { Answered, AskContext, Question } from "./question.ts";

/** Questions under way, and answers that wait for those before them. */
export interface AnswerPool {
  readonly failures: readonly FailedQuestion[];
  /** What was thrown that is no failure of a request. */
  readonly faults: readonly unknown[];
  /** Ids of the items that were not asked about any more. */
  readonly unsent: readonly string[];
  answered(): number;
  /** In the questions' order up to the first that failed; ends when nothing is under way any more. */
  answers(): AsyncGenerator<Answered>;
  /** Asks nothing more, and waits for what is under way. */
  end(): Promise<void>;
}

/** A question without an answer. */
export interface FailedQuestion {
  /** From 0, in the questions' order. */
  readonly index: number;
  readonly question: Question;
  readonly failure: RequestFailure;
}

/** Models that answer at once would otherwise keep signals and progress from ever being heard. */
const answersBetweenBreaths = 256;

/** So many answers may wait for one before them; more would fill the memory, fewer hold back a fast pool. */
const waitingAnswers = 2048;

/** Asks questions as they are read, at most `execution.concurrency` at once and not far ahead of what was given. */
export function openAnswerPool(
  { execution, signal, progress }: AskContext,
  { total, questions }: { readonly total: number; readonly questions: AsyncIterable<Question> },
): AnswerPool {
  const source = questions[Symbol.asyncIterator]();
  const ready = new Map<number, Answered>();
  const failures: FailedQuestion[] = [];
  const faults: unknown[] = [];
  const unsent: string[] = [];
  const arrival = openNotice();
  const room = openNotice();
  let given = 0;
  let taken = 0;
  let answered = 0;
  /** Nothing more is sent, but who is left is still told. */
  let stopped = false;
  /** Nobody waits for answers any more. */
  let left = false;
  let working = true;

  const ended = () => left || signal.aborted || faults.length > 0;

  async function work(): Promise<void> {
    while (!ended()) {
      while (taken - given > waitingAnswers && failures.length === 0 && !ended()) await room.wait();
      if (ended()) return;
      // Both at once: the place of a question is the order in which it was read.
      const [index, reading] = [taken++, source.next()];
      const next = await reading;
      if (next.done === true) return;
      if (stopped) unsent.push(next.value.item);
      else if (!ended()) await ask(index, next.value);
    }
  }

  async function ask(index: number, question: Question): Promise<void> {
    try {
      const answer = await question.model.answer(question.ask);
      answered += 1;
      // After a gap nothing is given: the model has kept it, and the next run reads it there.
      if (failures.length === 0) ready.set(index, { item: question.item, answer });
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error;
      failures.push({ index, question, failure: error });
      ready.clear();
      if (error.scope === "stop" || failures.length >= execution.maxFailedRows) stopped = true;
    }
    progress(answered, total, question.model.name);
    arrival.notify();
    if (index % answersBetweenBreaths === 0) await setImmediate();
  }

  const workers = Math.max(1, Math.min(execution.concurrency, total));
  const works = Array.from({ length: workers }, () =>
    work().catch((error: unknown) => {
      faults.push(error);
      stopped = true;
      room.notify();
    }),
  );
  const all = Promise.all(works).then(() => {
    working = false;
    arrival.notify();
  });

  return {
    failures,
    faults,
    unsent,
    answered: () => answered,
    async *answers() {
      for (;;) {
        const next = ready.get(given);
        if (next !== undefined) {
          ready.delete(given);
          given += 1;
          yield next;
          continue;
        }
        room.notify();
        if (!working) return;
        await arrival.wait();
      }
    },
    async end() {
      left = true;
      room.notify();
      await all;
    },
  };
}

/** Something that others wait for, again and again. */
function openNotice(): { wait(): Promise<void>; notify(): void } {
  let waiting: (() => void)[] = [];
  return {
    wait: () => new Promise((resolve) => waiting.push(resolve)),
    notify() {
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
  };
}
