/** From the least to the most that something may come to. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** A range of one value. */
export function exactly(value: number): Range {
  return { low: value, high: value };
}

/** The range of a sum; undefined where one of the two is not known. */
export function addRanges(a: Range | undefined, b: Range | undefined): Range | undefined {
  return a === undefined || b === undefined ? undefined : { low: a.low + b.low, high: a.high + b.high };
}

/** A range times a factor of 0 or more. */
export function scaleRange({ low, high }: Range, factor: number): Range {
  return { low: low * factor, high: high * factor };
}
