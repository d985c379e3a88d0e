import { expect, test } from "vitest";
import { judgeLimit } from "../../src/steps/judge-limit.ts";
import type { AnswerOutcome, Outcomes } from "../../src/steps/outcomes.ts";

/** Outcomes whose items were answered with these latencies, in order. */
function answered(latencies: readonly (readonly number[])[], groups?: readonly string[]): Outcomes {
  const answers = latencies.map((item) =>
    item.map((latency_ms): AnswerOutcome => ({ latency_ms, cost_usd: 0, truncated: false }) as AnswerOutcome),
  );
  return { answers: () => answers, groups } as unknown as Outcomes;
}

const limit = { type: "max_latency_ms", max: 350, model: "m", confidence: 0.95 } as const;
const once = Array.from({ length: 300 }, (_, at) => [at]);

test("several answers to one item are no more evidence of a latency than one", () => {
  const one = judgeLimit(answered(once), limit);
  const many = judgeLimit(answered(once.map(([ms]) => Array.from({ length: 10 }, () => ms!))), limit);
  expect(one).toMatchObject({ outcome: "pass", value: 284 });
  expect({ low: many.low, high: many.high }).toEqual({ low: one.low, high: one.high });
});

test("items of one group count once, by their slowest above and their fastest below", () => {
  const groups = once.map((_, at) => `g${Math.floor(at / 10)}`);
  const own = judgeLimit(answered(once), limit);
  const grouped = judgeLimit(answered(once, groups), limit);
  expect(grouped.value).toBe(own.value);
  // Thirty groups bound no 95th percentile from above.
  expect(grouped).toMatchObject({ outcome: "undecided", high: null });
  expect(grouped.low!).toBeLessThanOrEqual(own.low!);
});
