import type { Execution } from "./asking.ts";
import type { ModelAnswer } from "./provider.ts";
import type { StoredAnswer, Tags } from "./store.ts";

/** What one step asks for while it runs. */
export interface Purchase {
  readonly execution: Execution;
  /** When its deadline is over, by `performance.now()`; undefined where it has none. */
  readonly deadlineAt: number | undefined;
  /** False where an answer that is not kept must not be bought again. */
  readonly mayBuy: boolean;
  /** Requests that were sent to providers that are not free, each attempt by itself. */
  requests: number;
  /** Tokens of all answers that told them. */
  tokens: { input: number; output: number } | null;
  /** Model names that providers resolved, by model digest. */
  readonly resolved: Map<string, Set<string>>;
  /** Tags that wait to be kept. */
  readonly tags: Tags[];
  /** Keeps tags in the store. */
  readonly keepTags: (tags: readonly Tags[]) => void;
  /** Keys of the answers that it got, bought now or kept before, with what each cost when it was bought. */
  readonly answers: Map<string, number | null>;
  /** Keys of answers that were erased and are asked for again. */
  readonly erased: Set<string>;
  /** Days of the price lists that tell what they cost. */
  readonly pricesAsOf: Set<string>;
  /** What the user should know of the buying. */
  readonly warn: (message: string) => void;
  /** How far a batch has come. */
  readonly progress: (done: number, total: number) => void;
}

/** Opens the book of a step that has asked for nothing yet. */
export function openPurchase(options: {
  readonly execution: Execution;
  readonly mayBuy: boolean;
  readonly keepTags?: Purchase["keepTags"];
  readonly warn?: Purchase["warn"];
  readonly progress?: Purchase["progress"];
}): Purchase {
  const { execution, mayBuy, keepTags = () => {}, warn = () => {}, progress = () => {} } = options;
  return {
    execution,
    deadlineAt: execution.deadlineMs === undefined ? undefined : performance.now() + execution.deadlineMs,
    mayBuy,
    requests: 0,
    tokens: null,
    resolved: new Map(),
    tags: [],
    keepTags,
    answers: new Map(),
    erased: new Set(),
    pricesAsOf: new Set(),
    warn,
    progress,
  };
}

/** Notes an answer that a step got; `digest` is the model's. */
export function noteAnswer(
  purchase: Purchase,
  { key, answer, paid_usd = null, prices_as_of }: StoredAnswer,
  digest: string,
): void {
  if (!purchase.answers.has(key)) purchase.answers.set(key, paid_usd);
  if (prices_as_of !== undefined) purchase.pricesAsOf.add(prices_as_of);
  noteUse(purchase, answer, digest);
}

/** Says once that answers which were erased were asked for again: they do not come back in silence. */
export function warnOfErased({ erased, warn }: Purchase): void {
  if (erased.size === 1) warn("1 answer that was erased is asked for again");
  else if (erased.size > 1)
    warn(`${erased.size.toLocaleString("en-US")} answers that were erased are asked for again`);
}

/** Notes under which metadata an answer is stored; they are kept some at a time, so that none of many wait in memory. */
export function noteTags(purchase: Purchase, tags: Tags): void {
  purchase.tags.push(tags);
  if (purchase.tags.length >= 512) flushTags(purchase);
}

/** Keeps the tags that wait. */
export function flushTags({ tags, keepTags }: Purchase): void {
  if (tags.length > 0) keepTags(tags.splice(0));
}

/** What the answers of a step cost when they were bought, US dollars; null where that is not known of each. */
export function paidFor({ answers }: Purchase): number | null {
  const paid = [...answers.values()];
  if (paid.length === 0 || paid.includes(null)) return null;
  // Sorted, so that the sum does not depend on the order in which they came.
  return (paid as number[]).sort((a, b) => a - b).reduce((sum, one) => sum + one, 0);
}

function noteUse(purchase: Purchase, answer: ModelAnswer, digest: string): void {
  if (answer.usage !== null) {
    purchase.tokens ??= { input: 0, output: 0 };
    purchase.tokens.input += answer.usage.input_tokens;
    purchase.tokens.output += answer.usage.output_tokens;
  }
  if (answer.resolved_model === null) return;
  const names = purchase.resolved.get(digest) ?? new Set();
  names.add(answer.resolved_model);
  purchase.resolved.set(digest, names);
}
