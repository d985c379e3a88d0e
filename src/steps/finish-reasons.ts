import type { FinishReason } from "../runner/row.ts";
import { formatCount } from "./format.ts";

/** How many answers ended for each reason. */
export function countFinishReasons(answers: Iterable<Ended>): { readonly [reason: string]: number } {
  const count = openFinishCount();
  for (const answer of answers) count.add(answer);
  return count.reasons;
}

/** Counts, one answer after the other, how they ended. */
export function openFinishCount(): {
  add(answer: Ended): void;
  readonly reasons: { readonly [reason: string]: number };
} {
  const reasons: Record<string, number> = {};
  return {
    reasons,
    add({ finish_reason }) {
      reasons[finish_reason] = (reasons[finish_reason] ?? 0) + 1;
    },
  };
}

interface Ended {
  readonly finish_reason: FinishReason;
}

/** The reasons other than `stop`, such as `length 3   refusal 1`; empty where there are none. */
export function formatFinishReasons(counts: { readonly [reason: string]: number }): string {
  return Object.entries(counts)
    .filter(([reason]) => reason !== "stop")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([reason, count]) => `${reason} ${formatCount(count)}`)
    .join("   ");
}
