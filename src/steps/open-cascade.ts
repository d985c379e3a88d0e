import type { ModelAnswer, Usage } from "../runner/provider.ts";
import type { Ask, Model } from "../runner/step.ts";
import type { ReadConfidence } from "./confidence.ts";
import { toSample } from "./sample.ts";

/** The parts of a cascade. */
export interface CascadeParts {
  readonly first: Model;
  readonly fallback: Model;
  /** The first model's answer stands from this confidence up; null: the fallback answers everything. */
  readonly threshold: number | null;
  readonly confidenceOf: ReadConfidence;
}

/** Joins two models to one, which is free only where both are. */
export function joinModels(parts: CascadeParts): Pick<Model, "free" | "kept" | "answer"> {
  const { first, fallback, threshold, confidenceOf } = parts;
  return {
    free: first.free && fallback.free,
    // Its parts keep their own answers, and choosing between them takes no time.
    kept: false,
    async answer(ask: Ask): Promise<ModelAnswer> {
      if (threshold === null) return { ...(await fallback.answer(ask)), served_by: "fallback" };
      const own = await first.answer(ask);
      const confidence = confidenceOf(toSample(own, ask.draw.sample));
      if (confidence.ok && confidence.value >= threshold) return { ...own, served_by: "first" };
      return addCost({ ...(await fallback.answer(ask)), served_by: "fallback" }, own);
    },
  };
}

/** What the fallback's answer took, and the first's before it. */
function addCost(answer: ModelAnswer, before: ModelAnswer): ModelAnswer {
  return {
    ...answer,
    latency_ms:
      answer.latency_ms === null || before.latency_ms === null ? null : answer.latency_ms + before.latency_ms,
    usage: addUsage(answer.usage, before.usage),
  };
}

function addUsage(one: Usage | null, other: Usage | null): Usage | null {
  if (one === null || other === null) return one ?? other;
  return {
    input_tokens: one.input_tokens + other.input_tokens,
    output_tokens: one.output_tokens + other.output_tokens,
  };
}
