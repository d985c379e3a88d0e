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
  const counts = { method: methods[type], answers: all.length, recorded: known.length };
  if (known.length < all.length)
    return { outcome: "undecided", value: null, low: null, high: null, ...counts };
  const { groups } = outcomes;
  const means = byItem.map((values) => sumInOrder(values.flatMap((value) => value ?? [])) / values.length);
  const { value, low, high } = {
    max_cost_usd: () => perThousand(estimateMean(means, { confidence, groups })),
    max_latency_ms: () => quantileInterval(known, { share: 0.95, confidence }),
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

const methods = {
  max_cost_usd: "bootstrap",
  max_latency_ms: "order_statistics",
  max_truncated: "wilson",
} as const;

function perThousand({ value, low, high }: Estimate): Estimate {
  return {
    value: 1000 * value,
    low: low === null ? null : 1000 * low,
    high: high === null ? null : 1000 * high,
  };
}
