import { type Element, parseSvg } from "./parse-svg.ts";

/** One mark as it is seen: where it begins, px from the top left, and for a text what it says. */
export interface Seen {
  readonly tag: string;
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly attributes: Element["attributes"];
}

/** Every mark of a chart in the order in which it is painted. */
export function marksOf(svg: string): readonly Seen[] {
  return see(parseSvg(svg), { x: 0, y: 0 });
}

/** The texts of a chart line by line, from the left to the right. */
export function linesOf(svg: string): readonly string[] {
  const texts = marksOf(svg).filter(({ tag }) => tag === "text");
  const lines = Map.groupBy(texts, ({ y }) => Math.round(y / 4));
  return [...lines]
    .sort(([a], [b]) => a - b)
    .map(([, line]) =>
      line
        .toSorted((a, b) => a.x - b.x)
        .map(({ text }) => text)
        .join(" | "),
    );
}

function see(element: Element, from: { readonly x: number; readonly y: number }): readonly Seen[] {
  const { tag, attributes, text, children } = element;
  const [, x = "0", y = "0"] = /^translate\(([-\d.]+),([-\d.]+)\)/.exec(attributes.transform ?? "") ?? [];
  const at = { x: from.x + Number(x), y: from.y + Number(y) };
  if (tag === "g" || tag === "svg") return children.flatMap((child) => see(child, at));
  return ["line", "path", "text"].includes(tag) ? [{ tag, ...at, text, attributes }] : [];
}
