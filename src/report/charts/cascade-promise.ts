import { formatCounted, formatShare } from "../../steps/format.ts";
import { formatConfidence } from "../describe.ts";
import type { CascadeResults, Exam } from "../results.ts";
import { axisOver, percent } from "./axis.ts";
import { curveChart, type Drawn, heightsOf, lines } from "./curve-chart.ts";
import { marks } from "./model-mark.ts";
import type { Chart } from "./render-svg.ts";

/** What a cascade loses for what it answers itself, at every threshold, and what it promises. */
export function drawPromise(cascade: CascadeResults, exams: readonly Exam[]): readonly Chart[] {
  const { step, first, fallback, risk, items, curve } = cascade;
  if (curve.length === 0) return [];
  const drawn = [
    ...drawThresholds(cascade),
    ...drawChosen(cascade),
    ...exams.flatMap((exam) => drawTested(cascade, exam)),
  ];
  const lost = {
    loss_to_teacher: `${first} fails and ${fallback} would have passed`,
    served_failure: `${first} fails`,
  }[risk.of];
  const all = `where it answers all: ${formatShare(curve.at(-1)!.losses / items)} lost`;
  return [
    {
      name: `cascade-${step}`,
      title: `What ${step} loses for what it answers itself`,
      text: `Share lost against share that ${first} answers itself: ${[...drawn.map(({ told }) => told), all].join("; ")}.`,
      ...curveChart({
        heading: `${step}: lost for what it answers itself`,
        x: { ...axisOver([0, 1], percent), title: `answered by ${first} itself, of all items` },
        y: { ...axisOver([0, ...drawn.flatMap(heightsOf)], percent), title: `lost, of all items: ${lost}` },
        drawn,
      }),
    },
  ];
}

function drawThresholds({ rows, risk, threshold, items, curve }: CascadeResults): readonly Drawn[] {
  const promise = `at most ${formatShare(risk.max)}, with ${formatConfidence(risk.confidence)} confidence`;
  return [
    {
      type: "line",
      line: lines.found,
      places: [{ kept: 0, losses: 0 }, ...curve].map(({ kept, losses }) => ({
        x: kept / items,
        y: losses / items,
      })),
      told: `every threshold, on ${describeItems(items, rows)}`,
    },
    {
      type: "limit",
      line: lines.dashed,
      at: risk.max,
      told: `promise: ${promise}${threshold === null ? "; no threshold keeps it" : ""}`,
    },
  ];
}

function drawChosen({ threshold, items, kept, losses, bound }: CascadeResults): readonly Drawn[] {
  if (threshold === null) return [];
  const most = bound ?? 1;
  return [
    {
      type: "point",
      mark: marks.candidate,
      place: { x: kept / items, y: losses / items },
      upTo: most,
      told: `chosen: ${threshold}; ${formatShare(kept / items)} answered itself, ${formatShare(losses / items)} lost, at most ${formatShare(most)}`,
    },
  ];
}

/** What came of it on the items of an exam, where that shows there. */
function drawTested({ step, fallback, risk }: CascadeResults, exam: Exam): readonly Drawn[] {
  const model = exam.models.find(({ name }) => name === step);
  const lost = model?.toTeacher?.only_other;
  if (model?.cascade === undefined || lost === undefined) return [];
  // What the promise is about shows in an exam only where its teacher is the fallback.
  if (risk.of !== "loss_to_teacher" || exam.teacher !== fallback) return [];
  const { served, answers } = model.cascade;
  return [
    {
      type: "point",
      mark: marks.other,
      place: { x: served / answers, y: lost / exam.items },
      told: `on ${describeItems(exam.items, exam.rows)}: ${formatShare(served / answers)} answered itself, ${formatShare(lost / exam.items)} lost`,
    },
  ];
}

function describeItems(count: number, rows: string | undefined): string {
  return formatCounted(count, rows === undefined ? "item" : `${rows} item`);
}
