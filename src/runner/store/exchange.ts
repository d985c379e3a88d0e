import type { ForeignAnswer, StoredAnswer, TakenIn } from "../store.ts";
import type { Answers } from "./answers.ts";
import type { Database } from "./database.ts";
import type { TagTable } from "./tags.ts";
import type { Tombstones } from "./tombstones.ts";

interface Tables {
  readonly database: Database;
  readonly answers: Answers;
  readonly tags: TagTable;
}

/** Answers with their tags, for another store; those that are not here are left out. */
export function* giveAnswers(
  { database, answers, tags }: Tables,
  keys: readonly string[],
): Generator<ForeignAnswer> {
  for (const key of keys) {
    const seq = database.get<{ seq: number }>("SELECT seq FROM answers WHERE key = ?", key)?.seq;
    const answer = seq === undefined ? undefined : answers.at(seq);
    if (seq !== undefined && answer !== undefined) yield { answer, tags: tags.of(seq) };
  }
}

/**
 * Takes in answers that another store kept, in one transaction: answers and tags that are here stand, and what was
 * erased here stays out.
 */
export function takeInAnswers(
  { database, answers, tags, tombstones }: Tables & { readonly tombstones: Tombstones },
  foreign: readonly ForeignAnswer[],
): TakenIn {
  return database.write(() => {
    const counts = { added: 0, there: 0, other: 0, erased: 0 };
    for (const { answer, tags: own } of foreign) {
      if (tombstones.covers(answer)) {
        counts.erased += 1;
        continue;
      }
      const { seq, standing } = answers.insert(answer);
      if (standing === answer) counts.added += 1;
      else if (wordsOf(standing) === wordsOf(answer)) counts.there += 1;
      else counts.other += 1;
      // A tag that this store gave the answer may be newer than what the other says.
      if (seq !== undefined) for (const one of own) tags.add(seq, one);
    }
    return counts;
  });
}

/** What an answer says; how long it took and when it came differs between any two. */
export function wordsOf({ answer }: Pick<StoredAnswer, "answer">): string {
  return JSON.stringify([answer.output_text, answer.tool_calls, answer.finish_reason, answer.logprobs]);
}
