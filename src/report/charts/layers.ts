import type { Panel } from "./render-svg.ts";
import { fontSizes, tones } from "./theme.ts";

/** One kind of marks in a panel. */
export type Layer = Panel["layer"][number];

/** The data of a mark that is painted once. */
export const once = { values: [{}] };

/** A channel that takes what the data say as it is: colours and shapes. */
export function own(field: string) {
  return { field, type: "nominal" as const, scale: null, legend: null };
}

/** How a text stands: in ink what is read first, bold what heads it, quiet what is beside it. */
export interface TextStyle {
  readonly align: "left" | "right" | "center";
  readonly ink?: "normal" | "bold";
}

/** A single text at a place in px. */
export function textAt(
  text: string,
  { x, y, ...style }: TextStyle & { readonly x: number; readonly y: number },
): Layer {
  return {
    data: { values: [{ text }] },
    mark: textMark(style),
    encoding: { x: { value: x }, y: { value: y }, text: { field: "text" } },
  };
}

/** The mark of texts in that style. */
export function textMark({ align, ink }: TextStyle) {
  return {
    type: "text" as const,
    align,
    ...(ink !== undefined && { fontSize: fontSizes.normal, color: tones.ink.light }),
    ...(ink === "bold" && { fontWeight: "bold" as const }),
  };
}

/** The mark of a point; its looks come from the fields of a `PointMark`. */
export const pointMark = { type: "point" as const, size: 42, opacity: 1, strokeWidth: 1.75 };

/** The channels that give a point its looks. */
export const pointLook = { shape: own("shape"), stroke: own("color"), fill: own("fill") };
