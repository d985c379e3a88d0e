import type { JsonObject } from "../runner/row.ts";

/** More rows than this would make evidence that nobody wants in git. */
const maxRows = 50_000;

/** Rows as evidence, sorted by their sealed ids; only their number where they are too many. */
export function* listRows(lines: JsonObject[]): Generator<JsonObject> {
  if (lines.length > maxRows) yield { rows: lines.length };
  else yield* lines.sort((a, b) => (String(a.row) < String(b.row) ? -1 : 1));
}

/** How many listed rows have each fate; undefined where they were too many to list. */
export function countRows(
  lines: readonly JsonObject[],
  fate: (line: JsonObject) => string,
): ReadonlyMap<string, number> | undefined {
  if (lines.length === 1 && lines[0]!.row === undefined) return undefined;
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(fate(line), (counts.get(fate(line)) ?? 0) + 1);
  return counts;
}

/** The first fate that another number of rows has than it should; undefined where all fit. */
export function findMiscount(
  counts: ReadonlyMap<string, number> | undefined,
  expected: { readonly [fate: string]: number },
): string | undefined {
  if (counts === undefined) return undefined;
  for (const fate of new Set([...Object.keys(expected), ...counts.keys()])) {
    const [should, is] = [expected[fate] ?? 0, counts.get(fate) ?? 0];
    if (should !== is) return `${fate}: ${is} rows are listed, and the lock says ${should}`;
  }
  return undefined;
}
