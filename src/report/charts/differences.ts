import type { DifferenceFacts } from "../../steps/compare-models.ts";
import { formatPoints } from "../../steps/format.ts";
import { describeExam, formatConfidence, formatPointsInterval } from "../describe.ts";
import type { Exam, ExamModel, Gate } from "../results.ts";
import { axisOver, points } from "./axis.ts";
import { type IntervalBlock, intervalChart } from "./interval-chart.ts";
import { markOf } from "./model-mark.ts";
import type { Chart } from "./render-svg.ts";

/** Every model against teacher and base on the same items, with intervals around no difference. */
export function drawDifferences(exams: readonly Exam[]): readonly Chart[] {
  const pairs = exams.flatMap(pairsOf);
  if (pairs.length === 0) return [];
  return [
    {
      name: "differences",
      title: "Differences on the same items, with their intervals",
      text: `Differences in points. ${pairs.map(tell).join(" ")}`,
      ...intervalChart(pairs.map(blockOf)),
    },
  ];
}

/** The models of an exam that are held against one of them. */
interface Pairs {
  readonly exam: Exam;
  readonly other: string;
  readonly models: readonly { readonly name: string; readonly facts: DifferenceFacts }[];
}

function pairsOf(exam: Exam): readonly Pairs[] {
  const { teacher, base, candidate } = exam;
  const against = (
    other: string | undefined,
    pick: (model: ExamModel) => DifferenceFacts | undefined,
    skip?: string,
  ): readonly Pairs[] => {
    if (other === undefined) return [];
    const models = exam.models.flatMap((model) => {
      const facts = model.name === skip ? undefined : pick(model);
      return facts === undefined ? [] : [{ name: model.name, facts }];
    });
    return models.length === 0 ? [] : [{ exam, other, models }];
  };
  const toBase = base === teacher ? [] : against(base, ({ toBase }) => toBase);
  // The base lies so far from the teacher that beside it a margin would be a hair: that pair is drawn the other
  // way round, as what there was to win.
  const told = toBase.some(({ models }) => models.some(({ name }) => name === teacher));
  return [
    ...against(teacher, ({ toTeacher }) => toTeacher, told && base !== candidate ? base : undefined),
    ...toBase,
  ];
}

function blockOf({ exam, other, models }: Pairs): IntervalBlock {
  const margin = marginOf(exam, other);
  const bounds = models.flatMap(({ facts }) => [facts.low, facts.high]);
  return {
    heading: `${describeExam(exam)}, against ${other}`,
    heads: ["points", `${formatConfidence(exam.confidence)} interval`],
    axis: axisOver([...bounds, 0, ...(margin === undefined ? [] : [-margin])], points),
    line: { at: 0, dashed: false },
    band: margin === undefined ? undefined : { from: -margin, to: 0 },
    below:
      margin === undefined ? undefined : `shaded: up to ${formatMargin(margin)} worse, which a gate allows`,
    rows: models.map(({ name, facts }) => {
      const { note, mark } = markOf(name, exam);
      const { difference: value, low, high } = facts;
      return {
        name,
        note,
        intervals: [{ mark, value, low, high }],
        figures: [formatPoints(value), formatPointsInterval(facts)],
      };
    }),
  };
}

/** The narrowest margin (0..1) by which a gate lets a model be worse than `other`. */
function marginOf({ gates }: Exam, other: string): number | undefined {
  const margins = gates.flatMap((gate: Gate & MarginGate) =>
    gate.margin !== undefined && gate.other === other ? [gate.margin] : [],
  );
  return margins.length === 0 ? undefined : Math.min(...margins);
}

function formatMargin(margin: number): string {
  return `${Number((100 * margin).toFixed(2))} ${margin === 0.01 ? "point" : "points"}`;
}

/** What a gate may tell beside its sentence. */
interface MarginGate {
  readonly margin?: number;
  readonly other?: string;
}

function tell({ exam, other, models }: Pairs): string {
  const told = models.map(
    ({ name, facts }) => `${name} ${formatPoints(facts.difference)} (${formatPointsInterval(facts)})`,
  );
  return `${describeExam(exam)}, against ${other}, with ${formatConfidence(exam.confidence)} intervals: ${told.join(", ")}.`;
}
