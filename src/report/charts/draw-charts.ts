import type { Results } from "../results.ts";
import { drawPromise } from "./cascade-promise.ts";
import { drawQuality } from "./cascade-quality.ts";
import { drawComparison } from "./comparison.ts";
import { drawDifferences } from "./differences.ts";
import { plain } from "./label.ts";
import { type Chart, renderSvg } from "./render-svg.ts";
import { drawSelection } from "./selection.ts";
import { drawSlices } from "./slices.ts";

/** What charts are drawn of. */
export type ChartResults = Pick<Results, "exams" | "selections" | "cascades">;

/** A chart as a file. */
export interface DrawnChart {
  /** The stem of the file's name: letters, digits, `-` and `_`; no two are equal, whatever the case. */
  readonly name: string;
  /** One line. */
  readonly title: string;
  /** What it shows in words and figures, for those who do not see it: one line, foreign text in it. */
  readonly text: string;
  readonly svg: string;
}

/** Draws of a run's results what is better seen than read, in the order of the report. */
export async function drawCharts(results: ChartResults): Promise<readonly DrawnChart[]> {
  const { exams, selections, cascades } = results;
  const charts = [
    ...drawComparison(exams),
    ...drawDifferences(exams),
    ...drawSlices(exams),
    ...selections.filter(({ rules }) => rules.length > 0).map(drawSelection),
    ...cascades.flatMap((cascade) => [...drawPromise(cascade, exams), ...drawQuality(cascade)]),
  ];
  const drawn: DrawnChart[] = [];
  for (const chart of nameApart(charts)) {
    const title = plain(chart.title);
    const text = plain(chart.text);
    drawn.push({ name: chart.name, title, text, svg: await renderSvg({ ...chart, title, text }) });
  }
  return drawn;
}

/** Gives every chart a name of its own that any file system takes. */
function nameApart(charts: readonly Chart[]): readonly Chart[] {
  const taken = new Set<string>();
  return charts.map((chart) => {
    const stem = chart.name.replace(/[^A-Za-z0-9_-]+/g, "-");
    let name = stem;
    for (let next = 2; taken.has(name.toLowerCase()); next++) name = `${stem}-${next}`;
    taken.add(name.toLowerCase());
    return { ...chart, name };
  });
}
