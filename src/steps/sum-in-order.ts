/** The sum of numbers, the same to the last digit in whatever order they come: evidence has the items in another one. */
export function sumInOrder(values: readonly number[]): number {
  return Float64Array.from(values)
    .sort()
    .reduce((sum, value) => sum + value, 0);
}
