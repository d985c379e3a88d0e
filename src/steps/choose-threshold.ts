import { clopperPearsonUpper } from "../stats/binomial.ts";
import { type CallPoint, cascadeCurve, type ReferenceLine } from "../stats/cascade-curve.ts";
import { fixedSequenceThreshold } from "../stats/fixed-sequence.ts";
import type { CalibratedItem } from "./calibration.ts";

/** The threshold that keeps the promise on these items, with all that is told of it. */
export function chooseThreshold(
  items: readonly Omit<CalibratedItem, "id">[],
  {
    risk,
    ...digests
  }: {
    readonly risk: {
      readonly of: "loss_to_teacher" | "served_failure";
      readonly max: number;
      readonly confidence: number;
    };
    /** Digests. */
    readonly first: string;
    readonly fallback: string;
    readonly grader: string;
  },
) {
  const { threshold, kept, losses, n, p, curve } = fixedSequenceThreshold(items, risk);
  return {
    ...digests,
    risk: { of: risk.of, max: risk.max, confidence: risk.confidence },
    threshold,
    n,
    kept,
    kept_share: kept / n,
    losses,
    loss_share: losses / n,
    bound:
      threshold === null ? null : clopperPearsonUpper({ successes: losses, n, confidence: risk.confidence }),
    p,
    curve: curve
      .filter((point, index) => point.kept !== curve[index - 1]?.kept)
      .map((point) => ({ threshold: point.threshold, kept: point.kept, losses: point.losses, p: point.p })),
    quality: measureQuality(items),
  };
}

/** RouteLLM's measures on the validation items; null where the fallback is not better there. */
function measureQuality(items: readonly Omit<CalibratedItem, "id">[]) {
  const { points, apgr, cpt, random, oracle } = cascadeCurve(
    items.map(({ confidence, first, fallback }) => ({
      confidence,
      first: Number(first),
      fallback: Number(fallback),
    })),
  );
  const cpt50 = cpt(0.5);
  const cpt80 = cpt(0.8);
  if (apgr === undefined || cpt50 === undefined || cpt80 === undefined) return null;
  const line = ({ points, apgr }: ReferenceLine) => ({ points: thin(points), apgr: apgr ?? 0 });
  return { points: thin(points), apgr, cpt50, cpt80, random: line(random), oracle: line(oracle) };
}

// A hundred points draw any curve, and facts are no place for thousands.
function thin(points: readonly CallPoint[]): readonly CallPoint[] {
  const step = Math.max(1, Math.ceil(points.length / 100));
  return points
    .filter((_, at) => at % step === 0 || at === points.length - 1)
    .map(({ sentShare, quality }) => ({ sentShare, quality }));
}
