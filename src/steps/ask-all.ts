import { setImmediate } from "node:timers/promises";
import { type ModelAnswer, RequestFailure } from "../runner/provider.ts";
import { type Ask, type Model, type StepContext, StepIncomplete } from "../runner/step.ts";
import { formatCount } from "./format.ts";

/** One request of a step: which model is asked what, and for which item. */
export interface Question {
  /** The item's id. */
  readonly item: string;
  readonly model: Model;
  readonly ask: Ask;
}

/** What asking needs of a step's context. */
export type AskContext = Pick<StepContext<unknown>, "execution" | "signal" | "progress">;

/** Models that answer at once would otherwise keep signals and progress from ever being heard. */
const answersBetweenBreaths = 256;

/**
 * Asks every question, at most `execution.concurrency` at once, and gives the answers in the questions' order.
 * Answers that came are kept by the model, so a later run asks for the missing ones alone.
 * @throws StepIncomplete where an answer is missing; whatever else a model throws is passed on.
 */
export async function askAll(
  context: AskContext,
  questions: readonly Question[],
): Promise<readonly ModelAnswer[]> {
  const { execution, signal } = context;
  const answers = new Array<ModelAnswer | undefined>(questions.length);
  const failures: FailedQuestion[] = [];
  const faults: unknown[] = [];
  let next = 0;
  let done = 0;
  let stopped = false;

  async function work(): Promise<void> {
    while (!stopped && !signal.aborted && next < questions.length) {
      const index = next++;
      const question = questions[index]!;
      try {
        answers[index] = await question.model.answer(question.ask);
        done += 1;
      } catch (error) {
        if (error instanceof RequestFailure) {
          failures.push({ index, failure: error });
          if (error.scope === "stop" || failures.length >= execution.maxFailedRows) stopped = true;
        } else {
          faults.push(error);
          stopped = true;
        }
      }
      context.progress(done, questions.length, question.model.name);
      if (index % answersBetweenBreaths === 0) await setImmediate();
    }
  }

  const workers = Math.max(1, Math.min(execution.concurrency, questions.length));
  await Promise.all(Array.from({ length: workers }, work));
  signal.throwIfAborted();
  if (faults.length > 0) throw faults[0];
  if (failures.length > 0) throw incomplete(questions, answers, failures);
  return answers as ModelAnswer[];
}

interface FailedQuestion {
  readonly index: number;
  readonly failure: RequestFailure;
}

function incomplete(
  questions: readonly Question[],
  answers: readonly (ModelAnswer | undefined)[],
  failures: readonly FailedQuestion[],
): StepIncomplete {
  const missing = questions.filter((_, index) => answers[index] === undefined);
  // A failure that ended the asking explains the others; else the first in the questions' order, not in time.
  const stop = failures.find(({ failure }) => failure.scope === "stop");
  const { index, failure } =
    stop ?? failures.reduce((first, other) => (other.index < first.index ? other : first));
  const question = questions[index]!;
  const unsent = missing.length - failures.length;
  return new StepIncomplete(
    [
      `${formatCount(missing.length)} of ${formatCount(questions.length)} answers are missing`,
      `: ${question.model.name} on item "${question.item}": ${failure.message}`,
      failures.length > 1 ? `; ${formatCount(failures.length - 1)} more failed` : "",
      unsent > 0 ? `; ${formatCount(unsent)} were not sent` : "",
    ].join(""),
    [...new Set(missing.map((entry) => entry.item))],
    failure.hint,
  );
}
