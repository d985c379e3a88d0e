/** How repeated trainings, or any few numbers, spread. */
export interface Spread {
  readonly n: number;
  readonly mean: number;
  /** The standard deviation with n − 1; null for one value. */
  readonly sd: number | null;
  readonly min: number;
  readonly max: number;
}

/** Mean, standard deviation and ends of `values`. RangeError on no values, or one that is not finite. */
export function spread(values: readonly number[]): Spread {
  const n = values.length;
  if (n === 0) throw new RangeError("there are no values");
  for (const value of values)
    if (!Number.isFinite(value)) throw new RangeError(`a value must be a finite number, not ${value}`);
  const mean = sum(values) / n;
  const squares = sum(values.map((value) => (value - mean) ** 2));
  return {
    n,
    mean,
    sd: n === 1 ? null : Math.sqrt(squares / (n - 1)),
    min: values.reduce((least, value) => Math.min(least, value)),
    max: values.reduce((most, value) => Math.max(most, value)),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
