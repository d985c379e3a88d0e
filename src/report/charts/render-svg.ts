import type { Config, TopLevelSpec } from "vega-lite";
import { fontFamily, fontSizes, styleSheet, tones } from "./theme.ts";

/** What to draw, and what it says. */
export interface Chart {
  /** The stem of its file's name. */
  readonly name: string;
  readonly title: string;
  /** Everything that it shows in words and figures, for those who do not see it. */
  readonly text: string;
  /** Px, with everything around the axes. */
  readonly width: number;
  readonly height: number;
  /** Where the first panel begins, px. */
  readonly left: number;
  readonly top: number;
  /** Panels below each other, and the space between them, px. */
  readonly panels: readonly Panel[];
  readonly spacing: number;
}

/** A part of a chart with axes of its own. */
export type Panel = Extract<TopLevelSpec, { readonly layer: unknown }>;

/**
 * Draws a chart as SVG that stands alone: no script, no font, no reference to anything else, dark where its reader
 * has dark. The same chart gives the same bytes anywhere.
 */
export async function renderSvg(chart: Chart): Promise<string> {
  const { compile } = await import("vega-lite");
  const { parse, View, Error: errorsOnly } = await import("vega");
  const { spec } = compile(specOf(chart), { config });
  // Sizes and places are ours: Vega's own come from the widths of texts, which it can measure on some machines and
  // guesses on others.
  const placed = { ...spec, autosize: "none" as const, padding: { left: chart.left, top: chart.top } };
  const view = new View(parse(placed), { renderer: "none", logLevel: errorsOnly });
  const drawn = await view.toSVG();
  view.finalize();
  return standAlone(chart, drawn);
}

function specOf({ panels, spacing }: Chart): TopLevelSpec {
  return {
    vconcat: [...panels],
    spacing,
    bounds: "flush",
    resolve: { scale: { x: "independent", y: "independent" } },
  };
}

const config: Config = {
  background: "transparent",
  font: fontFamily,
  // The whole is one image with one text: its parts are not read out.
  aria: false,
  view: { stroke: null },
  text: { baseline: "middle", fontSize: fontSizes.small, color: tones.quiet.light },
  rule: { color: tones.quiet.light },
  axis: {
    aria: false,
    domain: false,
    ticks: false,
    title: null,
    gridColor: tones.line.light,
    labelColor: tones.quiet.light,
    labelFontSize: fontSizes.small,
    labelPadding: 8,
    labelOverlap: false,
    labelBound: false,
    labelFlush: false,
    labelLimit: 0,
  },
};

/** Puts Vega's drawing into a root of our own, one element a line, so that two of them can be compared. */
function standAlone({ name, title, text, width, height }: Chart, drawn: string): string {
  const id = `chart-${name}`;
  const inner = drawn
    .replace(/^<svg[^>]*>|<\/svg>$/g, "")
    .replace(/<[^>]+>/g, plainTag)
    .replace(/<path d="[^"]*"\/>|<path d="" display="none"\/>/g, "")
    .replaceAll("><", ">\n<");
  return `<svg xmlns="http://www.w3.org/2000/svg" id="${id}" role="img" aria-labelledby="${id}-title ${id}-text" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fontFamily}">
<title id="${id}-title">${escapeXml(title)}</title>
<desc id="${id}-text">${escapeXml(text)}</desc>
<style>
${styleSheet(id)}
</style>
<rect width="${width}" height="${height}" fill="${tones.page.light}"/>
${inner}
</svg>
`;
}

/** A tag without what the root says already, its coordinates to the hundredth of a px. */
function plainTag(tag: string): string {
  return tag
    .replace(/ (?:font-family|pointer-events|aria-[a-z]+|class|role)="[^"]*"| opacity="1"/g, "")
    .replace(/-?\d+\.\d{3,}(?:e-?\d+)?|-?\d+e-\d+/g, (number) =>
      String(Number(Number(number).toFixed(2)) + 0),
    );
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
