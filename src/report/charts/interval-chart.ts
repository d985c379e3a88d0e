import { type Axis, along, inPercent } from "./axis.ts";
import { label, textWidth } from "./label.ts";
import { type Layer, once, own, pointLook, pointMark, textAt } from "./layers.ts";
import type { PointMark } from "./model-mark.ts";
import { down, layOutRows, middleOf, page, type RowLayout, textsAround } from "./page-layout.ts";
import type { Chart, Panel } from "./render-svg.ts";
import { fontSizes, tones } from "./theme.ts";

/** Intervals below each other, over one axis. */
export interface IntervalBlock {
  /** Foreign text. */
  readonly heading: string;
  /** What stands above the two columns of figures: foreign text. */
  readonly heads: readonly [string, string];
  readonly rows: readonly IntervalRow[];
  readonly axis: Axis;
  /** Whose the marks are, where rows have several: foreign text. */
  readonly key?: readonly { readonly mark: PointMark; readonly name: string }[];
  /** A value (0..1) to compare with: a line down the block. */
  readonly line?: { readonly at: number; readonly dashed: boolean } | undefined;
  /** Values (0..1) that are near enough: a shaded band. */
  readonly band?: { readonly from: number; readonly to: number } | undefined;
  /** What is said below the axis: foreign text. */
  readonly below?: string | undefined;
}

/** One or several values with their intervals, and what stands on both sides of them. */
export interface IntervalRow {
  /** Foreign text. */
  readonly name: string;
  /** Follows the name and is never cut. */
  readonly note: string;
  readonly intervals: readonly MarkedInterval[];
  readonly figures: readonly [string, string];
}

/** A share or difference (0..1) with its interval, and how it is drawn. */
export interface MarkedInterval {
  readonly mark: PointMark;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Px: between the intervals of a row and around them, for the key, and below a block for axis and words. */
const size = { apart: 9, around: 14, key: 24, axis: 34, below: 20 } as const;

/** Blocks of intervals below each other. */
export function intervalChart(blocks: readonly IntervalBlock[]): Omit<Chart, "name" | "title" | "text"> {
  const rows = blocks.flatMap((block) => block.rows);
  const most = Math.max(...rows.map(({ intervals }) => intervals.length));
  const layout = layOutRows(
    rows.map(({ name, note }) => name + note),
    { figures: [64, 114], row: Math.max(page.row, most * size.apart + size.around) },
  );
  const head = page.head + (blocks.some(({ key }) => key !== undefined) ? size.key : 0);
  const foot = (some: readonly IntervalBlock[]) =>
    size.axis + (some.some(({ below }) => below !== undefined) ? size.below : 0);
  const between = foot(blocks.slice(0, -1)) + head;
  return {
    width: page.width,
    height: head + rows.length * layout.row + between * (blocks.length - 1) + foot(blocks.slice(-1)),
    left: layout.left,
    top: head,
    spacing: between,
    panels: blocks.map((block) => drawBlock(block, { layout, head })),
  };
}

function drawBlock(
  { heading, heads, rows, axis, key = [], line, band, below }: IntervalBlock,
  { layout, head }: { readonly layout: RowLayout; readonly head: number },
): Panel {
  const height = rows.length * layout.row;
  const x = along(axis);
  const y = down(height);
  const whole = { y: { value: 0 }, y2: { value: height } };
  const layers: readonly (Layer | undefined)[] = [
    band && {
      data: once,
      mark: { type: "rect", color: tones.blue.light, opacity: 0.2 },
      encoding: { x: { ...x, datum: inPercent(band.from) }, x2: { datum: inPercent(band.to) }, ...whole },
    },
    line && {
      data: once,
      mark: { type: "rule", ...(line.dashed && { strokeDash: [4, 3] }) },
      encoding: { x: { ...x, datum: inPercent(line.at) }, ...whole },
    },
    {
      mark: { type: "rule", strokeWidth: 2.5 },
      encoding: { x: { ...x, field: "low" }, x2: { field: "high" }, y, color: own("color") },
    },
    { mark: pointMark, encoding: { x: { ...x, field: "value" }, y, ...pointLook } },
    ...textsAround(
      rows.map(({ name, note, figures }) => ({
        name: label(name, layout.names - textWidth(note)) + note,
        figures,
      })),
      { layout, heading, heads, top: head },
    ),
    ...drawKey(key, { left: page.edge - layout.left, top: page.head - head }),
    below === undefined
      ? undefined
      : textAt(label(below, layout.width + layout.names, fontSizes.small), {
          x: layout.width / 2,
          y: height + size.axis + 2,
          align: "center",
        }),
  ];
  return {
    width: layout.width,
    height,
    data: {
      values: rows.flatMap(({ intervals }, at) =>
        intervals.map(({ mark, value, low, high }, among) => ({
          ...mark,
          value: inPercent(value),
          low: inPercent(low),
          high: inPercent(high),
          y: middleOf(at, layout) + (among - (intervals.length - 1) / 2) * size.apart,
        })),
      ),
    },
    layer: layers.filter((layer) => layer !== undefined),
  };
}

/** The marks and whose they are, in one line. */
function drawKey(
  key: NonNullable<IntervalBlock["key"]>,
  { left, top }: { readonly left: number; readonly top: number },
): readonly Layer[] {
  const room = (page.width - 2 * page.edge) / key.length - 32;
  let x = left + 6;
  return key.flatMap(({ mark, name }) => {
    const text = label(name, room, fontSizes.small);
    const at = x;
    x += textWidth(text, fontSizes.small) + 36;
    return [
      {
        data: { values: [{ ...mark }] },
        mark: pointMark,
        encoding: { x: { value: at }, y: { value: top }, ...pointLook },
      },
      textAt(text, { x: at + 10, y: top, align: "left" }),
    ];
  });
}
