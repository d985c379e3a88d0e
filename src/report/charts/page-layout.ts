import { label, textWidth } from "./label.ts";
import { type Layer, textAt, textMark } from "./layers.ts";
import { fontSizes } from "./theme.ts";

/** Px: what fits a page of Markdown, and the space around what is drawn. */
export const page = { width: 640, edge: 16, head: 46, row: 28 } as const;

/** Rows with their names on the left, a plot, and two columns of figures on the right; all in px. */
export interface RowLayout {
  /** From the left edge of the page to the plot. */
  readonly left: number;
  /** Of the plot. */
  readonly width: number;
  /** The widest a name may be. */
  readonly names: number;
  /** Right edges of the columns of figures, from the left of the plot. */
  readonly columns: readonly [number, number];
  /** The height of a row. */
  readonly row: number;
}

const names = { least: 70, most: 190, gap: 14 } as const;

/** Gives the names as much room as they need and there is; `figures` is the room of the columns. */
export function layOutRows(
  texts: readonly string[],
  { figures, row = page.row }: { readonly figures: readonly [number, number]; readonly row?: number },
): RowLayout {
  const widest = texts.reduce((most, text) => Math.max(most, textWidth(text)), names.least as number);
  const room = Math.ceil(Math.min(names.most, widest));
  const left = page.edge + room + names.gap;
  const width = page.width - page.edge - left - figures[0] - figures[1];
  const columns = [width + figures[0], width + figures[0] + figures[1]] as const;
  return { left, width, names: room, columns, row };
}

/** The middle of a row, px from the top of its panel. */
export function middleOf(at: number, { row }: RowLayout): number {
  return (at + 0.5) * row;
}

/** The channel of px down a panel. */
export function down(height: number) {
  return {
    field: "y",
    type: "quantitative" as const,
    scale: { domain: [0, height], range: [0, height], nice: false, padding: 0 },
    axis: null,
  };
}

/** What stands around the plot: a heading, and for every row its name and its two figures. */
export function textsAround(
  rows: readonly { readonly name: string; readonly figures: readonly [string, string] }[],
  {
    layout,
    heading,
    heads,
    top,
  }: {
    readonly layout: RowLayout;
    /** Foreign text. */
    readonly heading: string;
    /** What stands above the figures: foreign text. */
    readonly heads: readonly [string, string];
    /** Px above the panel. */
    readonly top: number;
  },
): readonly Layer[] {
  const { left, columns, row } = layout;
  const start = page.edge - left;
  const at = 22 - top;
  const y = down(rows.length * row);
  const column = (
    pick: (row: (typeof rows)[number]) => string,
    style: Parameters<typeof textMark>[0],
    x: number,
  ): Layer => ({
    data: { values: rows.map((one, index) => ({ text: pick(one), y: middleOf(index, layout) })) },
    mark: textMark(style),
    encoding: { x: { value: x }, y, text: { field: "text" } },
  });
  return [
    textAt(label(heading, columns[0] - start - 90), { x: start, y: at, align: "left", ink: "bold" }),
    textAt(label(heads[0], 90, fontSizes.small), { x: columns[0], y: at, align: "right" }),
    textAt(label(heads[1], 90, fontSizes.small), { x: columns[1], y: at, align: "right" }),
    column(({ name }) => name, { align: "left", ink: "normal" }, start),
    column(({ figures }) => figures[0], { align: "right", ink: "normal" }, columns[0]),
    column(({ figures }) => figures[1], { align: "right" }, columns[1]),
  ];
}
