import { type Estimate, estimateMean, estimateShare } from "./estimate-share.ts";
import type { AnswerOutcome, Outcomes } from "./outcomes.ts";
import { quantileInterval } from "./quantile-interval.ts";
import { sumInOrder } from "./sum-in-order.ts";

/** What answers may take at most. */
export interface Limit {
  /** US dollars per 1,000 answers; milliseconds that 95 of 100 answers stay within; answers per 1,000 cut off by length. */
  readonly type: "max_cost_usd" | "max_latency_ms" | "max_truncated";
  readonly max: number;
}

/** How it was estimated: the mean's bootstrap, the quantile's order statistics, or the share's interval. */
export type LimitMethod = "bootstrap" | "order_statistics" | "wilson";

/** What came of a limit. */
export interface JudgedLimit extends Omit<Estimate, "value"> {
  readonly outcome: "pass" | "fail" | "undecided";
  /** In the unit of the limit; null where it is not recorded for all answers. */
  readonly value: number | null;
  readonly method: LimitMethod;
  readonly answers: number;
  readonly recorded: number;
}

/** Holds the answers of a model against a limit: undecided where not all of them tell what they took. */
export function judgeLimit(
  outcomes: Outcomes,
  { type, max, model, confidence }: Limit & { readonly model: string; readonly confidence: number },
): JudgedLimit {
  const byItem = outcomes.answers(model).map((answers) => answers.map((answer) => read[type](answer)));
  const all = byItem.flat();
  const known = all.filter((value) => value !== null);
  const counts = { method: methodOf(type, outcomes), answers: all.length, recorded: known.length };
  if (known.length < all.length)
    return { outcome: "undecided", value: null, low: null, high: null, ...counts };
  const { groups } = outcomes;
  const means = byItem.map((values) => sumInOrder(values.flatMap((value) => value ?? [])) / values.length);
  const { value, low, high } = {
    max_cost_usd: () => perThousand(estimateMean(means, { confidence, groups })),
    max_latency_ms: () => latencyInterval(unitsOf(byItem, groups), { known, confidence }),
    max_truncated: () => perThousand(estimateShare(means, { confidence, groups })),
  }[type]();
  const outcome = high !== null && high <= max ? "pass" : low !== null && low > max ? "fail" : "undecided";
  return { outcome, value, low, high, ...counts };
}

const read = {
  max_cost_usd: ({ cost_usd }: AnswerOutcome) => cost_usd,
  max_latency_ms: ({ latency_ms }: AnswerOutcome) => latency_ms,
  max_truncated: ({ truncated }: AnswerOutcome) => Number(truncated),
} as const;

function methodOf(type: Limit["type"], { groups }: Outcomes): LimitMethod {
  if (type === "max_latency_ms") return "order_statistics";
  return type === "max_truncated" && groups === undefined ? "wilson" : "bootstrap";
}

/** The answers that are not independent of each other, together: of one item, or of one group. */
function unitsOf(
  byItem: readonly (readonly (number | null)[])[],
  groups: readonly string[] | undefined,
): readonly (readonly number[])[] {
  const units = Map.groupBy(byItem, (_, at) => groups?.[at] ?? at);
  return [...units.values()].map((items) => items.flat().filter((value) => value !== null));
}

/**
 * The 95th percentile of latencies. Where a unit has several answers its interval is that of the slowest ones above and
 * of the fastest ones below: wider than it need be, and never narrower for answers that are not independent.
 */
function latencyInterval(
  units: readonly (readonly number[])[],
  { known, confidence }: { readonly known: readonly number[]; readonly confidence: number },
): Estimate {
  const at = (pick: (values: readonly number[]) => number) =>
    quantileInterval(units.map(pick), { share: 0.95, confidence });
  return {
    value: quantileInterval(known, { share: 0.95, confidence }).value,
    low: at((values) => Math.min(...values)).low,
    high: at((values) => Math.max(...values)).high,
  };
}

function perThousand({ value, low, high }: Estimate): Estimate {
  return {
    value: 1000 * value,
    low: low === null ? null : 1000 * low,
    high: high === null ? null : 1000 * high,
  };
}
