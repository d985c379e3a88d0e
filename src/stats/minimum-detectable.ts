import { binomialUpperTail } from "./binomial.ts";
import { normalQuantile } from "./normal.ts";
import { type PairedGate, pairedPower } from "./paired-power.ts";
import { requireOpenProportion, requireProportion } from "./require.ts";
import { wilsonInterval } from "./wilson.ts";

/** A gate on paired outcomes, and how surely (0..1, exclusive) it is to pass. */
export interface DetectableRequest extends PairedGate {
  readonly power: number;
}

/** An observed difference p_A − p_B (−1..1), taken for the true one, and the gate that it is to pass. */
export interface DecideRequest extends Omit<DetectableRequest, "n"> {
  readonly difference: number;
}

/** An observed pass rate (0..1), taken for the true one, and the rate that its interval is to clear. */
export interface DecideRateRequest {
  readonly rate: number;
  readonly min: number;
  /** Of Wilson's interval. */
  readonly confidence: number;
  /** How surely, 0..1, exclusive. */
  readonly power: number;
}

/**
 * The smallest true difference (0..1) that `mcnemarExactBetter` finds on n paired items with the given power.
 * With a margin: the largest true loss (0..margin) at which `notWorseThan` still passes with that power.
 * To within 1e-7, by the exact unconditional power. Null where n is too small: no difference that the
 * discordant share allows is found, or not even equal models pass. RangeErrors as `pairedPower`, and unless
 * 0 < power < 1.
 */
export function minimumDetectable({ power, ...gate }: DetectableRequest): number | null {
  requireOpenProportion("power", power);
  const powerAt = pairedPower(gate);
  const { discordantShare, margin } = gate;
  if (margin === undefined) {
    if (powerAt(discordantShare) < power) return null;
    return bisect(discordantShare, 0, (difference) => powerAt(difference) >= power);
  }
  if (powerAt(0) < power) return null;
  const most = Math.min(margin, discordantShare);
  if (powerAt(-most) >= power) return most;
  return bisect(0, most, (loss) => powerAt(-loss) >= power);
}

/**
 * The number of paired items at which the gate would pass with the given power, were the observed difference
 * and discordant share the true ones; null where it never would: the difference is <= 0, or <= −margin.
 *
 * Up to 100,000 items by the exact unconditional power, beyond by the normal approximation. Since counts are
 * whole, power rises with n only on the whole: with this number it is reached and with one fewer it is not, but
 * some smaller number may reach it too. RangeErrors as `minimumDetectable`.
 *
 * Source of the approximation: R. J. Connor, "Sample size for testing differences in proportions for the
 * paired-sample design", Biometrics 43 (1987).
 */
export function itemsToDecide({ difference, power, ...gate }: DecideRequest): number | null {
  requireOpenProportion("power", power);
  const { discordantShare, alpha, margin = 0 } = gate;
  // Asked for its errors: what follows may return before it would meet them.
  pairedPower({ ...gate, n: 0 })(difference);
  const distance = difference + margin;
  if (distance <= 0) return null;
  const spread = {
    tested: Math.sqrt(discordantShare),
    true: Math.sqrt(Math.max(0, discordantShare - difference ** 2)),
  };
  const guess =
    ((-normalQuantile(alpha) * spread.tested + normalQuantile(power) * spread.true) / distance) ** 2;
  return firstReaching(guess, (n) => pairedPower({ ...gate, n })(difference) >= power);
}

/**
 * The number of items at which Wilson's interval lies at or above `min` with the given power, were the observed
 * rate the true one; null where it never would: the rate is <= min. Exact, approximate and ragged as
 * `itemsToDecide`. RangeError on a rate or min outside 0..1, or unless confidence and power are between 0 and 1.
 */
export function itemsToDecideRate({ rate, min, confidence, power }: DecideRateRequest): number | null {
  requireProportion("rate", rate);
  requireProportion("min", min);
  requireOpenProportion("confidence", confidence);
  requireOpenProportion("power", power);
  if (rate <= min) return null;
  const z = -normalQuantile((1 - confidence) / 2);
  const deviation = { tested: Math.sqrt(min * (1 - min)), true: Math.sqrt(rate * (1 - rate)) };
  const guess = ((z * deviation.tested + normalQuantile(power) * deviation.true) / (rate - min)) ** 2;
  return firstReaching(guess, (n) => {
    const clears = (successes: number) => wilsonInterval(successes, n, confidence).low >= min;
    let least = Math.min(n, Math.ceil(n * min + z * deviation.tested * Math.sqrt(n)));
    while (least > 0 && clears(least - 1)) least--;
    while (least <= n && !clears(least)) least++;
    return least <= n && binomialUpperTail({ successes: least, n, probability: rate }) >= power;
  });
}

/** The edge of what holds at `good` and not at `bad`, on its good side. */
function bisect(good: number, bad: number, holds: (value: number) => boolean): number {
  let inside = good;
  let outside = bad;
  while (Math.abs(inside - outside) > 1e-7) {
    const middle = (inside + outside) / 2;
    if (holds(middle)) inside = middle;
    else outside = middle;
  }
  return inside;
}

const MOST_EXACT = 100_000;

/** A number of 1 or more that reaches it, where one fewer does not; beyond 100,000 the guess itself. */
function firstReaching(guess: number, reaches: (n: number) => boolean): number {
  if (guess > MOST_EXACT) return Math.ceil(guess);
  let high = Math.max(1, Math.ceil(guess));
  while (!reaches(high)) high = Math.ceil(1.2 * high);
  let low = Math.floor(high / 1.2);
  while (low > 0 && reaches(low)) {
    high = low;
    low = Math.floor(low / 1.2);
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (reaches(middle)) high = middle;
    else low = middle;
  }
  return high;
}
