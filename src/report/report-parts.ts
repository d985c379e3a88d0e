import { spread } from "../stats/spread.ts";
import { formatCount, formatShare } from "../steps/format.ts";
import { describeExam, formatInterval } from "./describe.ts";
import { escapeMarkdown, table } from "./markdown.ts";
import type { Exam } from "./results.ts";

/** Fewer items than this say little, and it is said. */
const fewItems = 30;

/** More values than this are cut to those where the candidate passes least. */
const maxValues = 50;

/** Every model's rate in every part of the items. */
export function formatSlices(exam: Exam): readonly string[] {
  return exam.slices.map(({ name, values }) => {
    const models = exam.models.map((model) => model.name);
    const rateOf = (value: (typeof values)[number], model: string) =>
      value.models.find((one) => one.name === model);
    const shown = values
      .toSorted(
        (a, b) =>
          (rateOf(a, exam.candidate ?? models[0]!)?.rate ?? 1) -
          (rateOf(b, exam.candidate ?? models[0]!)?.rate ?? 1),
      )
      .slice(0, maxValues);
    const rows = shown.map((value) => [
      escapeMarkdown(value.value),
      `${formatCount(value.items)}${value.items < fewItems ? " ⚠️ few" : ""}`,
      ...models.map((model) => {
        const found = rateOf(value, model);
        return found === undefined ? "–" : `${formatShare(found.rate)} (${formatInterval(found)})`;
      }),
    ]);
    return [
      `## By ${escapeMarkdown(name)}: ${escapeMarkdown(describeExam(exam))}`,
      table([escapeMarkdown(name), "items", ...models.map(escapeMarkdown)], rows, [1]),
      ...(values.length > shown.length
        ? [`The ${maxValues} of ${values.length} where the candidate passes least.`]
        : []),
    ].join("\n\n");
  });
}

/** What several trainings of one student came to: the first is the one that is meant by its name. */
export function formatSpread(exams: readonly Exam[]): readonly string[] {
  return exams.flatMap((exam) => {
    const trainings = Map.groupBy(exam.models, ({ name }) => name.replace(/\.model_\d+$/, ""));
    return [...trainings]
      .filter(([, models]) => models.length > 1)
      .map(([student, models]) => {
        const { n, mean, sd, min, max } = spread(models.map(({ rate }) => rate));
        return `${escapeMarkdown(student)} over ${n} trainings: ${formatShare(mean)} of ${escapeMarkdown(exam.grader)}, from ${formatShare(min)} to ${formatShare(max)}${sd === null ? "" : `, standard deviation ${(100 * sd).toFixed(1)} points`}.`;
      });
  });
}
