import { binomialUpperTail } from "./binomial.ts";
import { mcnemarExactBetter } from "./mcnemar.ts";
import { notWorseThan } from "./non-inferiority.ts";
import { requireCount, requireOpenProportion, requireProportion } from "./require.ts";

/** A gate on paired outcomes, and the items it is asked on. */
export interface PairedGate {
  readonly n: number;
  /** The true share (0..1) of items where only one of both models is right. */
  readonly discordantShare: number;
  /** The gate passes where p < alpha. */
  readonly alpha: number;
  /** With it the gate is `notWorseThan` this margin (0..1, exclusive), else `mcnemarExactBetter`. */
  readonly margin?: number | undefined;
}

/**
 * The probability (0..1) that the gate passes, as a function of the true difference p_A − p_B; it rises with
 * the difference. RangeError on an n that is no count, shares or levels out of range, or, when asked, on a
 * difference beyond ± discordantShare.
 *
 * It is unconditional: summed over the numbers m of discordant pairs (all but 1e-12 of their binomial
 * probability), and for each exactly over those numbers of only A that pass,
 * P(X >= critical(m)) with X binomial(m, (discordantShare + difference) / (2 discordantShare)).
 *
 * Source: S. W. Duffy, "Asymptotic and exact power for the McNemar test and its analogue with R controls per
 * case", Biometrics 40 (1984).
 */
export function pairedPower({
  n,
  discordantShare,
  alpha,
  margin,
}: PairedGate): (difference: number) => number {
  requireCount("n", n);
  requireProportion("discordantShare", discordantShare);
  requireOpenProportion("alpha", alpha);
  if (margin !== undefined) requireOpenProportion("margin", margin);
  const passes = (onlyA: number, m: number): boolean => {
    if (n === 0) return false;
    const pairs = { onlyA, onlyB: m - onlyA };
    const { p } =
      margin === undefined
        ? mcnemarExactBetter(pairs)
        : notWorseThan({ ...pairs, both: n - m, neither: 0 }, margin);
    return p < alpha;
  };
  const cases = findCritical(likelyCounts(n, discordantShare), passes);
  return (difference) => {
    if (!(Math.abs(difference) <= discordantShare))
      throw new RangeError(
        `difference must lie within ± the discordant share ${discordantShare}, not ${difference}`,
      );
    const probability = discordantShare === 0 ? 0.5 : 0.5 + difference / (2 * discordantShare);
    let power = 0;
    for (const { m, weight, critical } of cases)
      power += weight * binomialUpperTail({ successes: critical, n: m, probability });
    return Math.min(1, power);
  };
}

interface Count {
  readonly m: number;
  /** Its probability. */
  readonly weight: number;
}

/** A binomial(n, share) without its farthest tails, by the ratios of neighbours from the mode out. */
function likelyCounts(n: number, share: number): readonly Count[] {
  const mode = Math.min(n, Math.floor((n + 1) * share));
  const odds = share / (1 - share);
  const up: Count[] = [{ m: mode, weight: 1 }];
  for (let m = mode, weight = 1; m < n && weight > 1e-14; m++) {
    weight *= ((n - m) / (m + 1)) * odds;
    up.push({ m: m + 1, weight });
  }
  const down: Count[] = [];
  for (let m = mode, weight = 1; m > 0 && weight > 1e-14; m--) {
    weight *= m / (n - m + 1) / odds;
    down.push({ m: m - 1, weight });
  }
  const all = [...down.reverse(), ...up];
  const whole = all.reduce((sum, { weight }) => sum + weight, 0);
  return all.map(({ m, weight }) => ({ m, weight: weight / whole }));
}

/** Adds the smallest number of only A that passes, and leaves out where none does. */
function findCritical(
  counts: readonly Count[],
  passes: (onlyA: number, m: number) => boolean,
): readonly (Count & { readonly critical: number })[] {
  // It hardly moves from one m to the next, so each search begins where the last one ended.
  let critical = Math.ceil((counts[0]?.m ?? 0) / 2);
  return counts.flatMap((count) => {
    const { m } = count;
    critical = Math.min(critical, m);
    while (critical > 0 && passes(critical - 1, m)) critical--;
    while (critical <= m && !passes(critical, m)) critical++;
    return critical <= m ? [{ ...count, critical }] : [];
  });
}
