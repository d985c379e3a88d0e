import { wilsonInterval } from "../../../src/stats/wilson.ts";
import { exam, results } from "../hand-made.ts";

const ends = [
  { sentShare: 0, quality: 0.76 },
  { sentShare: 1, quality: 0.98 },
] as const;

/** A curve with its measures. */
const quality = {
  points: [ends[0], { sentShare: 0.3, quality: 0.89 }, { sentShare: 0.6, quality: 0.95 }, ends[1]],
  random: { points: ends, apgr: 0.5 },
  oracle: { points: [ends[0], { sentShare: 0.24, quality: 0.99 }, ends[1]], apgr: 0.89 },
  apgr: 0.71,
  cpt50: 0.3,
  cpt80: 0.6,
} as const;

/** A slice of these values, each of so many items. */
export function sliceOf(name: string, items: { readonly [value: string]: number }) {
  return {
    name,
    values: Object.entries(items).map(([value, count]) => ({
      value,
      items: count,
      models: exam.models.map((model) => {
        const passed = Math.round(model.rate * count);
        return { name: model.name, rate: passed / count, ...wilsonInterval(passed, count) };
      }),
    })),
  };
}

/** Results of which every chart is drawn. */
export const everything = {
  ...results,
  exams: [
    {
      ...exam,
      gates: [{ ...exam.gates[0]!, other: "teacher", margin: 0.03 }],
      slices: [sliceOf("department", { Finance: 140, Legal: 22 })],
    },
  ],
  cascades: results.cascades.map((cascade) => ({ ...cascade, quality })),
};
