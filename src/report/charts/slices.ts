import { formatCounted, formatShare } from "../../steps/format.ts";
import { describeExam, formatConfidence, formatInterval } from "../describe.ts";
import type { Exam, Slice } from "../results.ts";
import { axisOver, percent } from "./axis.ts";
import { type IntervalBlock, intervalChart } from "./interval-chart.ts";
import { marksOf } from "./model-mark.ts";
import type { Chart } from "./render-svg.ts";

/** More values than this are a listing and no picture. */
const maxValues = 20;

/** With fewer items an interval is wide, and it is said. */
const fewItems = 30;

/** The rates of candidate, teacher and base in every part of the items, a chart for each way of parting them. */
export function drawSlices(exams: readonly Exam[]): readonly Chart[] {
  const parts = exams.flatMap((exam) =>
    exam.slices.filter(({ values }) => values.length > 0).map((slice) => partOf(exam, slice)),
  );
  return [...Map.groupBy(parts, ({ name }) => name)].map(([name, parts]) => {
    const axis = axisOver(
      parts.flatMap(({ shown }) =>
        shown.flatMap(({ models }) => models.flatMap(({ low, high }) => [low, high])),
      ),
      percent,
    );
    return {
      name: `slices-${name}`,
      title: `Pass rates by ${name}, with their intervals`,
      text: `Pass rates by ${name}. ${parts.map(tell).join(" ")}`,
      ...intervalChart(parts.map((part) => blockOf(part, axis))),
    };
  });
}

type SliceValue = Slice["values"][number];

/** What is drawn of one slice of one exam. */
interface Part {
  readonly exam: Exam;
  /** The slice's. */
  readonly name: string;
  /** The one that is looked at first, then those to hold it against. */
  readonly models: readonly string[];
  /** Those where the first model passes least, in the order of the slice. */
  readonly shown: readonly SliceValue[];
  /** How many there are, shown or not. */
  readonly count: number;
}

function partOf(exam: Exam, { name, values }: Slice): Part {
  const known = exam.models.map((model) => model.name);
  const played = [exam.candidate, exam.teacher, exam.base].filter((model) => model !== undefined);
  const models = [...new Set([...played, ...known])]
    .filter((model) => known.includes(model))
    .slice(0, Math.max(2, new Set(played).size));
  const rate = (value: SliceValue) => rateOf(value, models[0])?.rate ?? 0;
  const worst = new Set(values.toSorted((a, b) => rate(a) - rate(b)).slice(0, maxValues));
  return { exam, name, models, shown: values.filter((value) => worst.has(value)), count: values.length };
}

function rateOf({ models }: SliceValue, name: string | undefined) {
  return models.find((model) => model.name === name);
}

function blockOf({ exam, name, models, shown, count }: Part, axis: IntervalBlock["axis"]): IntervalBlock {
  const first = models[0]!;
  const marks = marksOf(models, exam);
  return {
    heading: `${describeExam(exam)}, by ${name}`,
    heads: [first, `${formatConfidence(exam.confidence)} interval`],
    axis,
    key: models.map((model) => ({ name: model, mark: marks.get(model)! })),
    below:
      shown.length < count ? `${shown.length} of ${count} shown: where ${first} passes least` : undefined,
    rows: shown.map((one) => {
      const main = rateOf(one, first);
      return {
        name: one.value,
        note: ` (${one.items}${few(one)})`,
        figures: main === undefined ? ["–", ""] : [formatShare(main.rate), formatInterval(main)],
        intervals: models.flatMap((model) => {
          const found = rateOf(one, model);
          if (found === undefined) return [];
          const { rate: value, low, high } = found;
          return [{ mark: marks.get(model)!, value, low, high }];
        }),
      };
    }),
  };
}

function few({ items }: SliceValue): string {
  return items < fewItems ? ", few" : "";
}

function tell({ exam, models, shown, count }: Part): string {
  const told = shown.map((value) => {
    const rates = models.flatMap((model) => {
      const found = rateOf(value, model);
      return found === undefined ? [] : [`${model} ${formatShare(found.rate)} (${formatInterval(found)})`];
    });
    return `${value.value}, ${formatCounted(value.items, "item")}${few(value)}: ${rates.join(", ")}`;
  });
  const left =
    shown.length < count ? `, the ${shown.length} of ${count} where ${models[0]} passes least` : "";
  return `${describeExam(exam)}, with ${formatConfidence(exam.confidence)} intervals${left}: ${told.join("; ")}.`;
}
