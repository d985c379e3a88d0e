import type { ModelAnswer } from "../runner/provider.ts";
import type { JsonObject } from "../runner/row.ts";
import { quantile } from "../stats/quantile.ts";

/** Latency and tokens of answers, as far as they were recorded; null where none was. */
export function measureAnswers(answers: readonly ModelAnswer[]): JsonObject {
  const latencies = answers.flatMap(({ latency_ms }) => (latency_ms === null ? [] : [latency_ms]));
  const usages = answers.flatMap(({ usage }) => (usage === null ? [] : [usage]));
  return {
    latency_ms:
      latencies.length === 0
        ? null
        : { p50: quantile(latencies, 0.5), p95: quantile(latencies, 0.95), answers: latencies.length },
    tokens:
      usages.length === 0
        ? null
        : {
            input: usages.reduce((sum, usage) => sum + usage.input_tokens, 0),
            output: usages.reduce((sum, usage) => sum + usage.output_tokens, 0),
            answers: usages.length,
          },
  };
}
