import { clusterBootstrap } from "../stats/cluster-bootstrap.ts";
import { quantile } from "../stats/quantile.ts";
import { wilsonInterval } from "../stats/wilson.ts";
import type { ResultLine } from "./results.ts";

/** What a gate on money, latency or length found: its value, and the interval that decides. */
export interface UsageJudgement {
  readonly outcome: "pass" | "fail" | "undecided";
  /** Dollars a thousand answers, milliseconds (p95), or truncated answers a thousand. */
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Answers of which it was not recorded: one is enough to leave the gate undecided. */
  readonly unrecorded: number;
}

/** A limit on what a model's answers take. */
export interface UsageLimit {
  readonly type: "max_cost_usd" | "max_latency_ms" | "max_truncated";
  readonly max: number;
  readonly confidence: number;
}

/** Decides a limit over the answers of one model; what answers here and for nothing took nothing. */
export function judgeUsage(lines: readonly ResultLine[], limit: UsageLimit): UsageJudgement {
  switch (limit.type) {
    case "max_truncated": {
      const cut = lines.filter(({ sample }) => sample.finish_reason === "length").length;
      const { low, high } = wilsonInterval(cut, lines.length, limit.confidence);
      const scale = { value: 1000 * (cut / lines.length), low: 1000 * low, high: 1000 * high };
      return { outcome: decide(scale, limit.max), ...scale, unrecorded: 0 };
    }
    case "max_latency_ms":
      return judgeRecorded(lines, "latency_ms", (values) => {
        // p95 is at most the limit exactly where at most 5 % of answers take longer: a share, with its interval.
        const late = values.filter((ms) => ms > limit.max).length;
        const { low, high } = wilsonInterval(late, values.length, limit.confidence);
        return { outcome: decide({ low, high }, 0.05), value: quantile(values, 0.95), low, high };
      });
    case "max_cost_usd":
      return judgeRecorded(lines, "cost_usd", (values) => {
        const sorted = values.toSorted((a, b) => a - b);
        const { estimate, low, high } = clusterBootstrap({
          values: sorted.map((usd) => 1000 * usd),
          groups: undefined,
          seed: 1,
          confidence: limit.confidence,
        });
        const interval = { low: low ?? estimate, high: high ?? estimate };
        return { outcome: decide(interval, limit.max), value: estimate, ...interval };
      });
  }
}

function judgeRecorded(
  lines: readonly ResultLine[],
  field: "latency_ms" | "cost_usd",
  judge: (values: readonly number[]) => Omit<UsageJudgement, "unrecorded">,
): UsageJudgement {
  const values = lines.map(({ usage, sample }) =>
    usage === undefined && sample.served_by !== "fallback" ? 0 : (usage?.[field] ?? null),
  );
  const recorded = values.filter((value) => value !== null);
  const unrecorded = values.length - recorded.length;
  if (unrecorded > 0) return { outcome: "undecided", value: null, low: null, high: null, unrecorded };
  return { ...judge(recorded), unrecorded };
}

function decide(
  { low, high }: { readonly low: number; readonly high: number },
  max: number,
): UsageJudgement["outcome"] {
  if (high <= max) return "pass";
  return low > max ? "fail" : "undecided";
}
