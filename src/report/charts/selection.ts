import { formatCount, formatCounted } from "../../steps/format.ts";
import type { Selection } from "../results.ts";
import { label, textWidth } from "./label.ts";
import { down, layOutRows, middleOf, page, type RowLayout, textsAround } from "./page-layout.ts";
import type { Chart, Panel } from "./render-svg.ts";
import { tones } from "./theme.ts";

/** The rows that are left after each rule of a filter: a bar each, and beside it what the rule dropped. */
export function drawSelection(selection: Selection): Chart {
  const { step, rows, kept } = selection;
  const bars = barsOf(selection);
  const heading = `${step}: ${formatCount(kept)} of ${formatCounted(rows, "row")} kept`;
  const told = bars.slice(1).map(({ name, left }) => `${name} ${formatCount(left)}`);
  const figures = Math.ceil(textWidth(formatDropped(rows)) + 20);
  const layout = layOutRows(
    bars.map(({ name }) => name),
    { figures: [Math.max(64, figures), Math.max(76, figures)] },
  );
  return {
    name: `selection-${step}`,
    title: `Rows that ${step} keeps`,
    text: `${heading}. Rows left after each rule: ${told.join(", ")}.`,
    width: page.width,
    height: page.head + bars.length * layout.row + page.edge,
    left: layout.left,
    top: page.head,
    spacing: 0,
    panels: [drawBars(bars, { layout, heading })],
  };
}

function drawBars(
  bars: readonly Bar[],
  { layout, heading }: { readonly layout: RowLayout; readonly heading: string },
): Panel {
  const height = bars.length * layout.row;
  const x = {
    type: "quantitative" as const,
    scale: { domain: [0, Math.max(1, bars[0]!.left)], nice: false },
    axis: null,
  };
  const y = down(height);
  const bar = { type: "bar" as const, size: 12, color: tones.blue.light };
  const texts = bars.map(({ name, left, before }, at) => ({
    name: label(name, layout.names),
    figures: [formatCount(left), at === 0 ? "" : formatDropped(before - left)] as const,
  }));
  return {
    width: layout.width,
    height,
    data: { values: bars.map((bar, at) => ({ ...bar, zero: 0, y: middleOf(at, layout) })) },
    layer: [
      { mark: bar, encoding: { x: { ...x, field: "zero" }, x2: { field: "left" }, y } },
      {
        transform: [{ filter: "datum.left < datum.before" }],
        mark: { ...bar, opacity: 0.25 },
        encoding: { x: { ...x, field: "left" }, x2: { field: "before" }, y },
      },
      ...textsAround(texts, { layout, heading, heads: ["left", "dropped"], top: page.head }),
    ],
  };
}

/** What a rule left of the rows before it. */
interface Bar {
  readonly name: string;
  readonly before: number;
  readonly left: number;
}

function barsOf({ rows, rules }: Selection): readonly Bar[] {
  const bars: Bar[] = [{ name: "all rows", before: rows, left: rows }];
  for (const { name, dropped } of rules) {
    const before = bars.at(-1)!.left;
    bars.push({ name, before, left: before - dropped });
  }
  return bars;
}

function formatDropped(count: number): string {
  return count === 0 ? "0" : `−${formatCount(count)}`;
}
