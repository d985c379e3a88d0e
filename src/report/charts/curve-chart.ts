import { type Axis, along, inPercent } from "./axis.ts";
import { label } from "./label.ts";
import { type Layer, once, pointLook, pointMark, textAt } from "./layers.ts";
import type { PointMark } from "./model-mark.ts";
import { page } from "./page-layout.ts";
import type { Chart } from "./render-svg.ts";
import { fontSizes, tones } from "./theme.ts";

/** A place in the plot: shares (0..1). */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Something drawn, with the words that explain it: foreign text. */
export type Drawn = { readonly told: string } & (
  | { readonly type: "line"; readonly places: readonly Place[]; readonly line: LineStyle }
  | { readonly type: "limit"; readonly at: number; readonly line: LineStyle }
  /** A place, and how high it may truly be. */
  | { readonly type: "point"; readonly place: Place; readonly mark: PointMark; readonly upTo?: number }
);

/** How a line is drawn: colour and dashes. */
export interface LineStyle {
  readonly color: string;
  /** None is a line throughout. */
  readonly dash?: readonly number[];
}

/** The lines there are: what was found, and two to hold it against. */
export const lines = {
  found: { color: tones.blue.light },
  dashed: { color: tones.ink.light, dash: [6, 4] },
  dotted: { color: tones.quiet.light, dash: [2, 3] },
} satisfies { readonly [name: string]: LineStyle };

/** One plot with its own two axes, and above it a line of words for everything in it. */
export interface CurvePlot {
  /** Foreign text, as both axis titles. */
  readonly heading: string;
  readonly x: Axis & { readonly title: string };
  readonly y: Axis & { readonly title: string };
  readonly drawn: readonly Drawn[];
}

/** Px. */
const size = { left: 64, right: 26, plot: 220, key: 22, foot: 56 } as const;

/** A plot of curves, limits and points. */
export function curveChart({ heading, x, y, drawn }: CurvePlot): Omit<Chart, "name" | "title" | "text"> {
  const width = page.width - size.left - size.right;
  const top = page.head + drawn.length * size.key + 24;
  const left = page.edge - size.left;
  const words = page.width - 2 * page.edge;
  return {
    width: page.width,
    height: top + size.plot + size.foot,
    left: size.left,
    top,
    spacing: 0,
    panels: [
      {
        width,
        height: size.plot,
        layer: [
          ...drawn.flatMap((one) => draw(one, { x: along(x), y: along(y) })),
          ...drawn.flatMap((one, at) => explain(one, { left, top: page.head - top + at * size.key, words })),
          textAt(label(heading, words), { x: left, y: 22 - top, align: "left", ink: "bold" }),
          textAt(label(y.title, words), { x: left, y: -18, align: "left" }),
          textAt(label(x.title, words), { x: width, y: size.plot + 40, align: "right" }),
        ],
      },
    ],
  };
}

/** Every height (0..1) that something drawn reaches. */
export function heightsOf(one: Drawn): readonly number[] {
  switch (one.type) {
    case "line":
      return one.places.map(({ y }) => y);
    case "limit":
      return [one.at];
    case "point":
      return [one.place.y, one.upTo ?? one.place.y];
  }
}

/** The channels of both axes, wanting a field or a datum. */
type Along = Readonly<Record<"x" | "y", ReturnType<typeof along>>>;

function draw(one: Drawn, { x, y }: Along): readonly Layer[] {
  switch (one.type) {
    case "line":
      return [
        {
          data: { values: one.places.map((place, at) => ({ ...drawnAt(place), at })) },
          mark: { type: "line", strokeWidth: 2, ...styleOf(one.line) },
          encoding: {
            x: { ...x, field: "x" },
            y: { ...y, field: "y" },
            order: { field: "at", type: "quantitative" },
          },
        },
      ];
    case "limit":
      return [
        {
          data: once,
          mark: { type: "rule", strokeWidth: 1.5, ...styleOf(one.line) },
          encoding: { y: { ...y, datum: inPercent(one.at) } },
        },
      ];
    case "point": {
      const { place, mark, upTo } = one;
      const at = { x: { ...x, field: "x" }, y: { ...y, field: "y" } };
      const bar: Layer = {
        data: { values: [{ ...drawnAt(place), upTo: inPercent(upTo ?? place.y) }] },
        mark: { type: "rule", strokeWidth: 2.5, color: mark.color },
        encoding: { ...at, y2: { field: "upTo" } },
      };
      const point: Layer = {
        data: { values: [{ ...drawnAt(place), ...mark }] },
        mark: pointMark,
        encoding: { ...at, ...pointLook },
      };
      return upTo === undefined ? [point] : [bar, point];
    }
  }
}

function drawnAt({ x, y }: Place): Place {
  return { x: inPercent(x), y: inPercent(y) };
}

/** The words for one of the drawn, behind a sample of it. */
function explain(
  one: Drawn,
  { left, top, words }: { readonly left: number; readonly top: number; readonly words: number },
): readonly Layer[] {
  const sample: Layer =
    one.type === "point"
      ? {
          data: { values: [{ ...one.mark }] },
          mark: pointMark,
          encoding: { x: { value: left + 12 }, y: { value: top }, ...pointLook },
        }
      : {
          data: once,
          mark: { type: "rule", strokeWidth: 2, ...styleOf(one.line) },
          encoding: { x: { value: left }, x2: { value: left + 24 }, y: { value: top } },
        };
  return [
    sample,
    textAt(label(one.told, words - 36, fontSizes.small), { x: left + 36, y: top, align: "left" }),
  ];
}

function styleOf({ color, dash }: LineStyle) {
  return { color, ...(dash !== undefined && { strokeDash: [...dash] }) };
}
