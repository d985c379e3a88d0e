import type { Ask, Model } from "../runner/asking.ts";
import { StepIncomplete, StepSampled } from "../runner/step-failure.ts";
import { type AnswerPool, type FailedQuestion, openAnswerPool } from "./answer-pool.ts";
import { formatCount } from "./format.ts";
import type { Answered, AskContext, Question } from "./question.ts";

/** The questions of a step, read as they are needed: there can be more of them than memory holds. */
export interface Questions {
  readonly models: readonly Model[];
  /** For every model. */
  readonly perModel: number;
  /** The questions to a model, in order; read again for each purpose. */
  of(model: Model): AsyncIterable<Question>;
}

/**
 * Asks every question, at most `execution.concurrency` at once, and gives the answers model by model in the
 * questions' order. Answers that came are kept by the model, so a later run asks for the missing ones alone.
 * @throws StepIncomplete where an answer is missing, after all others were asked for; StepSampled where only a
 * sample was to be asked; whatever else a model throws is passed on.
 */
export async function* askAll(context: AskContext, questions: Questions): AsyncGenerator<Answered> {
  const { sample, mode } = context.execution;
  if (mode === "batch") await prefetchAll(questions, sample);
  const all = questions.models.length * questions.perModel;
  const total = questions.models.length * Math.min(questions.perModel, sample ?? questions.perModel);
  const pool = openAnswerPool(context, { total, questions: allQuestions(questions, sample) });
  try {
    // A sample has gaps, and what is made of answers needs all of them.
    if (sample === undefined) yield* pool.answers();
    else for await (const _ of pool.answers());
  } finally {
    await pool.end();
  }
  context.signal.throwIfAborted();
  if (pool.faults.length > 0) throw withFailure(pool.faults[0], pool);
  if (pool.failures.length > 0) throw incomplete(pool, total);
  if (sample !== undefined) throw new StepSampled(total, all);
}

/** All models at once, since a batch may take a day. */
async function prefetchAll(questions: Questions, sample: number | undefined): Promise<void> {
  const bought = await Promise.allSettled(
    questions.models.map((model) => model.prefetch?.(() => asksOf(chooseSample(questions, model, sample)))),
  );
  const failed = bought.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

async function* allQuestions(questions: Questions, sample: number | undefined): AsyncGenerator<Question> {
  for (const model of questions.models) yield* chooseSample(questions, model, sample);
}

/** All questions to a model, or so many spread evenly over them. */
async function* chooseSample(
  questions: Questions,
  model: Model,
  sample: number | undefined,
): AsyncGenerator<Question> {
  let index = 0;
  for await (const question of questions.of(model))
    if (sample === undefined || isInSample(index++, sample, questions.perModel)) yield question;
}

function isInSample(index: number, sample: number, all: number): boolean {
  return Math.ceil((index * sample) / all) !== Math.ceil(((index + 1) * sample) / all);
}

async function* asksOf(questions: AsyncIterable<Question>): AsyncGenerator<Ask> {
  for await (const { ask } of questions) yield ask;
}

/** What came before the limit was reached may be why it was. */
function withFailure(fault: unknown, { failures }: AnswerPool): unknown {
  // By its name: the money is the run's, and steps know nothing of it.
  if (!(fault instanceof Error && fault.name === "OverBudget") || failures.length === 0) return fault;
  const { question, failure } = firstOf(failures);
  const many = `${formatCount(failures.length)} ${failures.length === 1 ? "answer" : "answers"} failed`;
  const why = `${question.model.name} on item "${question.item}": ${failure.message}`;
  fault.message += `; before that ${many}: ${why}`;
  return fault;
}

function incomplete({ failures, unsent, answered }: AnswerPool, total: number): StepIncomplete {
  // A failure that ended the asking explains the others; else the first in the questions' order, not in time.
  const stop = failures.find(({ failure }) => failure.scope === "stop");
  const { question, failure } = stop ?? firstOf(failures);
  const inOrder = [...failures].sort((a, b) => a.index - b.index).map((one) => one.question.item);
  return new StepIncomplete(
    [
      `${formatCount(total - answered())} of ${formatCount(total)} answers are missing`,
      `: ${question.model.name} on item "${question.item}": ${failure.message}`,
      failures.length > 1 ? `; ${formatCount(failures.length - 1)} more failed` : "",
      unsent.length > 0 ? `; ${formatCount(unsent.length)} were not sent` : "",
    ].join(""),
    [...new Set([...inOrder, ...unsent])],
    failure.hint,
  );
}

function firstOf(failures: readonly FailedQuestion[]): FailedQuestion {
  return failures.reduce((first, other) => (other.index < first.index ? other : first));
}
