import type { CallPoint } from "../../stats/cascade-curve.ts";
import { formatShare } from "../../steps/format.ts";
import type { CascadeQuality, CascadeResults } from "../results.ts";
import { axisOver, percent } from "./axis.ts";
import { curveChart, type Drawn, heightsOf, lines, type Place } from "./curve-chart.ts";
import { marks, type PointMark } from "./model-mark.ts";
import type { Chart } from "./render-svg.ts";
import { tones } from "./theme.ts";

/** The pass rate that a cascade buys with calls to its fallback, between drawing lots and knowing all beforehand. */
export function drawQuality(cascade: CascadeResults): readonly Chart[] {
  const { step, fallback, quality } = cascade;
  if (quality === null) return [];
  const drawn = drawCurves(cascade, quality);
  return [
    {
      name: `quality-${step}`,
      title: `What ${step} passes for what it sends to ${fallback}`,
      text: `Pass rate against share sent to ${fallback}: ${drawn.map(({ told }) => told).join("; ")}.`,
      ...curveChart({
        heading: `${step}: passed for what it sends to ${fallback}`,
        x: { ...axisOver([0, 1], percent), title: `sent to ${fallback}, of all items` },
        y: { ...axisOver(drawn.flatMap(heightsOf), percent), title: "passed, of all items" },
        drawn,
      }),
    },
  ];
}

function drawCurves(
  { step, first, threshold, items, kept }: CascadeResults,
  { points, random, oracle, apgr, cpt50, cpt80 }: CascadeQuality,
): readonly Drawn[] {
  return [
    {
      type: "line",
      line: lines.found,
      places: points.map(placeOf),
      told: `${step}: what ${first} is least sure of is sent first, APGR ${apgr.toFixed(2)}`,
    },
    {
      type: "line",
      line: lines.dotted,
      places: oracle.points.map(placeOf),
      told: `oracle: what gains most is sent first, APGR ${oracle.apgr.toFixed(2)}`,
    },
    {
      type: "line",
      line: lines.dashed,
      places: random.points.map(placeOf),
      told: `random: what is sent is drawn by lot, APGR ${random.apgr.toFixed(2)}`,
    },
    {
      type: "point",
      mark: recovered("square"),
      place: placeOf(curveAt(points, cpt50)),
      told: `CPT 50 %: half of the gap is closed with ${formatShare(cpt50)} sent`,
    },
    {
      type: "point",
      mark: recovered("triangle-up"),
      place: placeOf(curveAt(points, cpt80)),
      told: `CPT 80 %: four fifths of it with ${formatShare(cpt80)} sent`,
    },
    ...(threshold === null ? [] : [drawChosen(threshold, curveAt(points, 1 - kept / items))]),
  ];
}

function drawChosen(threshold: number, point: CallPoint): Drawn {
  return {
    type: "point",
    mark: marks.candidate,
    place: placeOf(point),
    told: `chosen: ${threshold}; ${formatShare(point.sentShare)} sent, ${formatShare(point.quality)} passed`,
  };
}

function placeOf({ sentShare, quality }: CallPoint): Place {
  return { x: sentShare, y: quality };
}

/** The curve at a share of calls: it may have been thinned, and is straight between its points. */
function curveAt(points: readonly CallPoint[], share: number): CallPoint {
  const next = points.findIndex(({ sentShare }) => sentShare >= share);
  const after = points[next] ?? points.at(-1)!;
  const before = points[next - 1] ?? after;
  const width = after.sentShare - before.sentShare;
  const part = width === 0 ? 0 : (share - before.sentShare) / width;
  return { sentShare: share, quality: before.quality + part * (after.quality - before.quality) };
}

function recovered(shape: PointMark["shape"]): PointMark {
  return { shape, color: tones.blue.light, fill: tones.page.light };
}
