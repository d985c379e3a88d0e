import type { Row } from "../runner/row.ts";

/** True where an expression or template may read `agreement`. */
export function mentionsAgreement(text: string | undefined): boolean {
  return text?.includes("agreement") ?? false;
}

/**
 * Counts, over rows of several samples an item, how far an item's answers agree.
 * @returns the share of a row's item's samples whose `output_text` equals its own; undefined for a row without answer.
 */
export async function countAgreement(rows: AsyncIterable<Row>): Promise<(row: Row) => number | undefined> {
  const items = new Map<string, { total: number; readonly texts: Map<string, number> }>();
  for await (const { id, sample } of rows) {
    if (sample === null) continue;
    const item = items.get(id) ?? { total: 0, texts: new Map<string, number>() };
    items.set(id, item);
    item.total += 1;
    item.texts.set(sample.output_text, (item.texts.get(sample.output_text) ?? 0) + 1);
  }
  return ({ id, sample }) => {
    const item = items.get(id);
    return sample === null || item === undefined
      ? undefined
      : item.texts.get(sample.output_text)! / item.total;
  };
}
