import { requireProportion } from "./require.ts";

/** One item of a cascade: how sure the first model was (0..1), and the score of each model's answer. */
export interface CascadeItem {
  readonly confidence: number;
  /** 1 for right and 0 for wrong, or any finite score. */
  readonly first: number;
  readonly fallback: number;
}

/** What a share of calls to the fallback buys. */
export interface CallPoint {
  /** The share (0..1) of items sent to the fallback. */
  readonly sentShare: number;
  /** The mean score of the answers served. */
  readonly quality: number;
}

/** What a threshold does. */
export interface CascadePoint extends CallPoint {
  /** An item is served by the first model iff confidence >= threshold; null sends all to the fallback. */
  readonly threshold: number | null;
}

/** A line to hold the curve against: straight between its points. */
export interface ReferenceLine {
  readonly points: readonly CallPoint[];
  /** As the curve's. */
  readonly apgr: number | undefined;
}

/** Quality against calls to the fallback. */
export interface CascadeCurve {
  /** Of every distinct threshold, from sending nothing to sending all. */
  readonly points: readonly CascadePoint[];
  /** The average performance gap recovered; undefined where the fallback is not above the first model. */
  readonly apgr: number | undefined;
  /**
   * CPT(share): the smallest share of calls to the fallback at which a threshold recovers `share` (0..1) of the
   * gap; undefined as `apgr`, RangeError on a share outside 0..1.
   */
  readonly cpt: (share: number) => number | undefined;
  /** Items drawn by lot: the line from the first model's quality to the fallback's. */
  readonly random: ReferenceLine;
  /** Items sent by what they gain: first those that only the fallback gets right, last the reverse. */
  readonly oracle: ReferenceLine;
}

/**
 * The curve of a cascade over all its thresholds, with RouteLLM's measures. With PGR(q) =
 * (q − first's) / (fallback's − first's), APGR is the integral of PGR over the share of calls.
 *
 * Their paper averages PGR at ten shares and their code takes the trapezoid over ten thresholds; here it is the
 * trapezoid over all of them, so that the random line has exactly .5. Their code interpolates CPT between ten
 * thresholds; here it is the share of a threshold that exists.
 * RangeError on no items, a confidence outside 0..1, or a score that is not finite.
 *
 * Source: I. Ong et al., "RouteLLM: learning to route LLMs with preference data", arXiv 2406.18665 (2024),
 * section 2; its code, lm-sys/RouteLLM, routellm/evals/evaluate.py.
 */
export function cascadeCurve(items: readonly CascadeItem[]): CascadeCurve {
  if (items.length === 0) throw new RangeError("there are no items to draw a curve of");
  for (const { confidence, first, fallback } of items) {
    requireProportion("the confidence of an item", confidence);
    for (const score of [first, fallback])
      if (!Number.isFinite(score)) throw new RangeError(`a score must be a finite number, not ${score}`);
  }
  const curve = sendInOrder(items, ({ confidence }) => confidence);
  const points = curve.map((point, i) => ({ ...point, threshold: curve[i + 1]?.last ?? null }));
  const oracle = sendInOrder(items, ({ first, fallback }) => first - fallback);
  const ends = [curve[0]!, curve.at(-1)!];
  const recovered = measureGap(ends);
  return {
    points: points.map(({ threshold, sentShare, quality }) => ({ threshold, sentShare, quality })),
    apgr: average(curve, recovered),
    cpt(share) {
      requireProportion("share", share);
      // A recovered share of exactly .8 may come out a rounding error below.
      return recovered && curve.find(({ quality }) => recovered(quality) >= share - 1e-12)?.sentShare;
    },
    random: { points: ends.map(withoutLast), apgr: average(ends, recovered) },
    oracle: { points: oracle.map(withoutLast), apgr: average(oracle, recovered) },
  };
}

interface SentPoint extends CallPoint {
  /** The rank of the items sent last; undefined before any. */
  readonly last: number | undefined;
}

/** Sends the items of lowest rank first, those of equal rank together: a point before, and one after each rank. */
function sendInOrder(
  items: readonly CascadeItem[],
  rankOf: (item: CascadeItem) => number,
): readonly SentPoint[] {
  const n = items.length;
  const ranks = Map.groupBy(items, rankOf);
  let sum = items.reduce((total, { first }) => total + first, 0);
  let sent = 0;
  const points: SentPoint[] = [{ sentShare: 0, quality: sum / n, last: undefined }];
  for (const rank of [...ranks.keys()].sort((a, b) => a - b)) {
    for (const { first, fallback } of ranks.get(rank)!) sum += fallback - first;
    sent += ranks.get(rank)!.length;
    points.push({ sentShare: sent / n, quality: sum / n, last: rank });
  }
  return points;
}

/** PGR as a function of quality; undefined where there is no gap to recover. */
function measureGap(ends: readonly CallPoint[]): ((quality: number) => number) | undefined {
  const weak = ends[0]!.quality;
  const strong = ends[1]!.quality;
  return strong > weak ? (quality) => (quality - weak) / (strong - weak) : undefined;
}

function average(
  points: readonly CallPoint[],
  recovered: ((quality: number) => number) | undefined,
): number | undefined {
  if (recovered === undefined) return undefined;
  let area = 0;
  for (const [i, { sentShare, quality }] of points.entries()) {
    const before = points[i - 1];
    if (before === undefined) continue;
    area += ((recovered(before.quality) + recovered(quality)) / 2) * (sentShare - before.sentShare);
  }
  return area;
}

function withoutLast({ sentShare, quality }: CallPoint): CallPoint {
  return { sentShare, quality };
}
