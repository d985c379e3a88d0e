/** How batches go; without any option the third poll finds one completed. */
export interface BatchOptions {
  /** Polls of one batch until it is completed. @defaultValue 3 */
  readonly pollsUntilDone?: number;
  /** Requests answered by each poll, in place of `pollsUntilDone`. */
  readonly perPoll?: number;
  /** Milliseconds until a batch is completed; polls then change nothing. */
  readonly durationMs?: number;
  /** Polls (or as many parts of `durationMs`) after which a batch expires with what it has. */
  readonly expireAfter?: number;
  /** Share of requests that end in the error file, from 0 to 1. */
  readonly failRate?: number;
  /** Share of requests that end in neither file, from 0 to 1. */
  readonly dropRate?: number;
  /** Draws who fails, who is dropped and in which order requests are answered. @defaultValue 0 */
  readonly seed?: number;
  /** Requests that one batch may have. @defaultValue 50,000 */
  readonly maxRequests?: number;
  /** Bytes that an input file may have. @defaultValue 200 MB */
  readonly maxBytes?: number;
}

/** Where a batch stands that nobody cancels. */
export interface BatchStage {
  readonly state: "validating" | "in_progress" | "finalizing" | "completed" | "expired";
  /** Requests answered so far. */
  readonly answered: number;
}

/** The stage of a batch after so many polls and milliseconds. */
export function stageOf(
  { total, polls, elapsedMs }: { readonly total: number; readonly polls: number; readonly elapsedMs: number },
  options: BatchOptions,
): BatchStage {
  const last = Math.max(
    1,
    options.perPoll === undefined ? (options.pollsUntilDone ?? 3) : Math.ceil(total / options.perPoll) + 1,
  );
  const ticks =
    options.durationMs === undefined
      ? polls
      : Math.floor((last * elapsedMs) / Math.max(1, options.durationMs));
  const share = last === 1 ? 1 : ticks / (last - 1);
  const answered = Math.min(
    total,
    options.perPoll === undefined ? Math.floor(total * share) : options.perPoll * ticks,
  );
  if (ticks === 0) return { state: "validating", answered: 0 };
  if (ticks >= last) return { state: "completed", answered: total };
  if (ticks >= (options.expireAfter ?? Number.POSITIVE_INFINITY)) return { state: "expired", answered };
  return { state: ticks === last - 1 ? "finalizing" : "in_progress", answered };
}
