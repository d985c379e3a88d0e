import type { Ask, Model } from "../runner/asking.ts";
import { type ModelAnswer, RequestFailure, type Usage } from "../runner/provider.ts";
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
export function joinModels(parts: CascadeParts): Pick<Model, "free" | "kept" | "answer" | "prefetch"> {
  const { first, fallback, threshold, confidenceOf } = parts;
  return {
    free: first.free && fallback.free,
    // Its parts keep their own answers, and choosing between them takes no time.
    kept: false,
    async answer(ask: Ask): Promise<ModelAnswer> {
      if (threshold === null)
        return { ...withRecord(await fallback.answer(ask), fallback), served_by: "fallback" };
      const own = withRecord(await first.answer(ask), first);
      const confidence = confidenceOf(toSample(own, ask.draw.sample));
      if (confidence.ok && confidence.value >= threshold) return { ...own, served_by: "first" };
      return addCost({ ...withRecord(await fallback.answer(ask), fallback), served_by: "fallback" }, own);
    },
    async prefetch(asks) {
      if (threshold !== null) await first.prefetch?.(asks);
      await fallback.prefetch?.(() => asksOfFallback(parts, asks()));
    },
  };
}

/** What the first model is not sure of, now that it can be asked at once. */
async function* asksOfFallback(
  { first, threshold, confidenceOf }: CascadeParts,
  asks: AsyncIterable<Ask>,
): AsyncGenerator<Ask> {
  for await (const ask of asks) {
    if (threshold === null) {
      yield ask;
      continue;
    }
    try {
      const confidence = confidenceOf(toSample(await first.answer(ask), ask.draw.sample));
      if (!confidence.ok || confidence.value < threshold) yield ask;
    } catch (error) {
      // Without the first answer nobody knows: the step itself tells of it when it asks.
      if (!(error instanceof RequestFailure)) throw error;
    }
  }
}

// What is kept was recorded once and stays so; what answers afresh takes another time at every run.
function withRecord(answer: ModelAnswer, { kept }: Model): ModelAnswer {
  const { latency_ms, usage, cost_usd = null } = answer;
  return kept ? { ...answer, recorded: { latency_ms, usage, cost_usd } } : answer;
}

/** What the fallback's answer took, and the first's before it. */
function addCost(answer: ModelAnswer, before: ModelAnswer): ModelAnswer {
  const { recorded } = answer;
  const own = before.recorded;
  return {
    ...answer,
    ...addAll(answer, before),
    ...(recorded !== undefined && own !== undefined
      ? { recorded: addAll(recorded, own) }
      : own !== undefined && { recorded: own }),
  };
}

type Took = Pick<ModelAnswer, "latency_ms" | "usage" | "cost_usd">;

function addAll(one: Took, other: Took): Required<Took> {
  return {
    latency_ms: addKnown(one.latency_ms, other.latency_ms),
    cost_usd: addKnown(one.cost_usd ?? null, other.cost_usd ?? null),
    usage: addUsage(one.usage, other.usage),
  };
}

function addKnown(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other;
}

function addUsage(one: Usage | null, other: Usage | null): Usage | null {
  if (one === null || other === null) return one ?? other;
  return {
    input_tokens: one.input_tokens + other.input_tokens,
    output_tokens: one.output_tokens + other.output_tokens,
  };
}
