/** Items that belong together, such as the questions of one customer; unless told, every item is its own group. */
export type Groups = readonly (string | number)[];

/** The values of each group in sum, and how many they are; both arrays have one place a group. */
export interface GroupSums {
  readonly sums: Float64Array;
  readonly sizes: Float64Array;
}

/**
 * Sums `values` by group. The order of the result depends on the sums and sizes only, so that equal data in
 * another order are drawn alike. RangeError on no values, on one that is not finite, or where `groups` has
 * another length.
 */
export function sumGroups(values: readonly number[], groups?: Groups): GroupSums {
  if (values.length === 0) throw new RangeError("there are no values");
  if (groups !== undefined && groups.length !== values.length)
    throw new RangeError(`there are ${values.length} values and ${groups.length} groups`);
  for (const value of values)
    if (!Number.isFinite(value)) throw new RangeError(`a value must be a finite number, not ${value}`);
  if (groups === undefined)
    return { sums: Float64Array.from(values).sort(), sizes: new Float64Array(values.length).fill(1) };
  const sorted = gather(values, groups);
  return {
    sums: Float64Array.from(sorted, ({ sum }) => sum),
    sizes: Float64Array.from(sorted, ({ size }) => size),
  };
}

interface Group {
  sum: number;
  size: number;
}

function gather(values: readonly number[], groups: Groups): readonly Group[] {
  const found = new Map<string | number, Group>();
  // By size, since a sum of floats depends on its order.
  const order = Array.from(values.keys()).sort((i, j) => values[i]! - values[j]!);
  for (const i of order) {
    const group = found.get(groups[i]!);
    if (group === undefined) found.set(groups[i]!, { sum: values[i]!, size: 1 });
    else {
      group.sum += values[i]!;
      group.size += 1;
    }
  }
  return [...found.values()].sort((a, b) => a.sum - b.sum || a.size - b.size);
}
