/** Where an axis begins and ends, and where its figures stand, in percent or points. */
export interface Axis {
  readonly domain: readonly [low: number, high: number];
  readonly values: readonly number[];
  /** Vega expression over `datum.value` that words one of them. */
  readonly figure: string;
}

/** Between what the values of an axis can lie, and how they are worded. */
interface Unit extends Pick<Axis, "figure"> {
  readonly low: number;
  readonly high: number;
}

/** Of shares. */
export const percent: Unit = { low: 0, high: 100, figure: "datum.value + ' %'" };

/** Of differences of shares. */
export const points: Unit = {
  low: -100,
  high: 100,
  figure: "(datum.value > 0 ? '+' : datum.value < 0 ? '−' : '') + abs(datum.value)",
};

/** An axis over all shares or differences (0..1): some four to seven round figures, from the first to the last. */
export function axisOver(shares: readonly number[], unit: Unit): Axis {
  const values = shares.map(inPercent);
  const least = 1;
  const low = Math.min(...values, unit.high - least);
  const high = Math.max(...values, low + least);
  const step = roundStep((high - low) / 6);
  // Counted in whole steps: sums of decimals drift.
  const first = Math.max(Math.floor(low / step + 1e-9), Math.ceil(unit.low / step));
  const last = Math.min(Math.ceil(high / step - 1e-9), Math.floor(unit.high / step));
  const figures = Array.from({ length: last - first + 1 }, (_, at) =>
    Number(((first + at) * step).toPrecision(12)),
  );
  return { domain: [figures[0]!, figures.at(-1)!], values: figures, figure: unit.figure };
}

/** A share or difference (0..1) as it stands on an axis. */
export function inPercent(share: number): number {
  return 100 * share;
}

/** The channel of an axis; it wants a `field` or a `datum`. */
export function along({ domain, values, figure }: Axis) {
  return {
    type: "quantitative" as const,
    scale: { domain: [...domain], nice: false, zero: false },
    axis: { values: [...values], labelExpr: figure, grid: true },
  };
}

/** The smallest of 1, 2, 5, 10, 20 … that is at least so much, in any power of ten. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5].find((one) => one * power >= least * (1 - 1e-9)) ?? 10;
  return Number((factor * power).toPrecision(12));
}
