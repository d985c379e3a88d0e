import type { FinishReason } from "../runner/row.ts";
import { formatCount } from "./format.ts";

/** How many answers ended for each reason. */
export function countFinishReasons(answers: Iterable<{ readonly finish_reason: FinishReason }>): {
  readonly [reason: string]: number;
} {
  const counts: Record<string, number> = {};
  for (const { finish_reason } of answers) counts[finish_reason] = (counts[finish_reason] ?? 0) + 1;
  return counts;
}

/** The reasons other than `stop`, such as `length 3   refusal 1`; empty where there are none. */
export function formatFinishReasons(counts: { readonly [reason: string]: number }): string {
  return Object.entries(counts)
    .filter(([reason]) => reason !== "stop")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([reason, count]) => `${reason} ${formatCount(count)}`)
    .join("   ");
}
