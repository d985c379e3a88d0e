/** A share as a coordinate of a drawing: percent with two decimals, held between 0 and 100. */
export function percent(share: number): string {
  return `${Number((100 * Math.min(1, Math.max(0, share))).toFixed(2))}%`;
}
