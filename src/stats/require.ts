/** Throws a RangeError unless `value` is a whole number from 0 to 2^53. */
export function requireCount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${name} must be a whole number of 0 or more, not ${value}`);
  }
}

/** Throws a RangeError unless `value` is in 0..1, both ends allowed. */
export function requireProportion(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${name} must be in 0..1, not ${value}`);
}

/** Throws a RangeError unless `value` is strictly between 0 and 1. */
export function requireOpenProportion(name: string, value: number): void {
  if (!(value > 0 && value < 1)) throw new RangeError(`${name} must be between 0 and 1, not ${value}`);
}
