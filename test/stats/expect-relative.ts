import { expect } from "vitest";

/** Expects `actual` to differ from `expected` by at most `tolerance` times `expected`. */
export function expectRelative(actual: number, expected: number, tolerance: number): void {
  const error = Math.abs(actual - expected) / Math.abs(expected);
  expect(expected === 0 ? Math.abs(actual) : error, `${actual} against ${expected}`).toBeLessThanOrEqual(
    tolerance,
  );
}
