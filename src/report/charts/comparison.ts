import { formatShare } from "../../steps/format.ts";
import { describeExam, formatConfidence, formatInterval } from "../describe.ts";
import type { Exam } from "../results.ts";
import { axisOver, percent } from "./axis.ts";
import { intervalChart } from "./interval-chart.ts";
import { markOf } from "./model-mark.ts";
import type { Chart } from "./render-svg.ts";

/** Every model's pass rate with its interval, a block for each grader; the teacher's is a line down it. */
export function drawComparison(exams: readonly Exam[]): readonly Chart[] {
  const shown = exams.filter(({ models }) => models.length > 0);
  if (shown.length === 0) return [];
  const rates = shown.flatMap(({ models }) => models.flatMap(({ low, high }) => [low, high]));
  const axis = axisOver(rates, percent);
  const blocks = shown.map((exam) => {
    const teacher = exam.models.find(({ name }) => name === exam.teacher);
    return {
      heading: describeExam(exam),
      heads: ["passed", `${formatConfidence(exam.confidence)} interval`] as const,
      axis,
      line: teacher && { at: teacher.rate, dashed: true },
      rows: exam.models.map((model) => {
        const { name, rate: value, low, high } = model;
        const { note, mark } = markOf(name, exam);
        return {
          name,
          note,
          intervals: [{ mark, value, low, high }],
          figures: [formatShare(value), formatInterval(model)] as const,
        };
      }),
    };
  });
  return [
    {
      name: "comparison",
      title: "Pass rates with their intervals",
      text: `Pass rates. ${shown.map(tell).join(" ")}`,
      ...intervalChart(blocks),
    },
  ];
}

function tell(exam: Exam): string {
  const told = exam.models.map(
    (model) => `${model.name} ${formatShare(model.rate)} (${formatInterval(model)})`,
  );
  return `${describeExam(exam)}, with ${formatConfidence(exam.confidence)} intervals: ${told.join(", ")}.`;
}
