import type { CompletionFilter } from "../runner/store.ts";
import { exit } from "./exit.ts";
import { readPairs } from "./read-pairs.ts";
import { Stop } from "./stop.ts";

/** Flags that say which completions are meant; all that are given must hold. */
export interface FilterFlags {
  readonly model?: string;
  readonly step?: string;
  readonly metadata?: readonly string[];
  readonly limit?: string;
  /** A day or time, such as 2026-11-24. */
  readonly createdAfter?: string;
  readonly createdBefore?: string;
}

/** Reads which completions are meant. @throws Stop where a flag is misused */
export function readFilter(flags: FilterFlags): CompletionFilter {
  const { model, step, metadata, limit, createdAfter, createdBefore } = flags;
  const last = limit === undefined ? undefined : Number(limit);
  if (last !== undefined && !(Number.isInteger(last) && last >= 0))
    throw new Stop(exit.usage, `--limit takes a number, not "${limit}"`);
  return {
    ...(model !== undefined && { model }),
    ...(step !== undefined && { step }),
    ...(metadata !== undefined && { metadata: readPairs("--metadata", metadata) }),
    ...(last !== undefined && { last }),
    ...(createdAfter !== undefined && { createdFrom: readTime("--created-after", createdAfter) }),
    ...(createdBefore !== undefined && { createdBefore: readTime("--created-before", createdBefore) }),
  };
}

/** The same, without copies of a provider's whose answers were bought here; a step is asked for all that it stored. */
export function withoutCopies(filter: CompletionFilter): CompletionFilter {
  return { ...filter, withoutCopies: filter.step === undefined };
}

function readTime(flag: string, text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new Stop(exit.usage, `${flag} takes a day or time such as 2026-11-24, not "${text}"`);
  return time;
}
