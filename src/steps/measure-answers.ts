import type { ModelAnswer } from "../runner/provider.ts";
import { quantile } from "../stats/quantile.ts";
import type { AnswerUsage } from "./results.ts";
import { sumInOrder } from "./sum-in-order.ts";

/** What answers took, as far as it was told; each part with how many answers told it, and left out where none did. */
export interface UsageFacts {
  /** Milliseconds. */
  readonly latency_ms?: { readonly p50: number; readonly p95: number; readonly answers: number };
  /** US dollars. */
  readonly cost_usd?: { readonly total: number; readonly answers: number };
  readonly tokens?: { readonly input: number; readonly output: number; readonly answers: number };
}

/** What an answer took, as it told. */
export function usageOf({
  latency_ms,
  cost_usd,
  usage,
}: Pick<ModelAnswer, "latency_ms" | "cost_usd" | "usage">): AnswerUsage {
  const input_tokens = finite(usage?.input_tokens);
  const output_tokens = finite(usage?.output_tokens);
  const whole = input_tokens !== null && output_tokens !== null;
  return {
    latency_ms: finite(latency_ms),
    cost_usd: finite(cost_usd),
    input_tokens: whole ? input_tokens : null,
    output_tokens: whole ? output_tokens : null,
  };
}

/** Sums up what answers took. */
export function summarizeUsage(usages: readonly AnswerUsage[]): UsageFacts {
  const told = (field: keyof AnswerUsage) => usages.flatMap((usage) => usage[field] ?? []);
  const latencies = told("latency_ms");
  const costs = told("cost_usd");
  const input = told("input_tokens");
  return {
    ...(latencies.length > 0 && {
      latency_ms: {
        p50: quantile(latencies, 0.5),
        p95: quantile(latencies, 0.95),
        answers: latencies.length,
      },
    }),
    ...(costs.length > 0 && { cost_usd: { total: sumInOrder(costs), answers: costs.length } }),
    ...(input.length > 0 && {
      tokens: { input: sumInOrder(input), output: sumInOrder(told("output_tokens")), answers: input.length },
    }),
  };
}

// JSON has no other number, and a record may hold 1e999.
function finite(value: number | null | undefined): number | null {
  return Number.isFinite(value) ? value! : null;
}
