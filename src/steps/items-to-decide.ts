import { itemsToDecide, itemsToDecideRate, minimumDetectable } from "../stats/minimum-detectable.ts";
import { normalQuantile } from "../stats/normal.ts";
import { countPairs, isPlain, type Pair } from "./compare-pair.ts";
import type { Estimate } from "./estimate-share.ts";

/** What a tested gate could have found, and what it would take to decide it. */
export interface Prospect {
  /**
   * The smallest true difference at which the gate passes four times in five; with a margin, the largest true loss.
   * Null where there is none on so few items.
   */
  readonly detectable: number | null;
  /** Items with which the gate would pass four times in five, were the difference true; null where it never would. */
  readonly needs: number | null;
}

/** How a gate is tested. */
export interface ProspectRequest {
  readonly level: number;
  /** For not_worse_than. */
  readonly margin: number | undefined;
  readonly estimate: Estimate;
  /** Of the estimate's interval. */
  readonly confidence: number;
}

/** Exact for independent passes, else by the normal approximation with the spread that the interval shows. */
export function tellProspect(pair: Pair, request: ProspectRequest): Prospect {
  const { level: alpha, margin, estimate } = request;
  if (!isPlain(pair)) return approximate(pair.a.length, request);
  const { onlyA, onlyB } = countPairs(pair);
  const n = pair.a.length;
  const gate = { discordantShare: (onlyA + onlyB) / n, alpha, margin, power };
  return {
    detectable: minimumDetectable({ n, ...gate }),
    needs: itemsToDecide({ difference: estimate.value, ...gate }),
  };
}

/** Items with which the whole interval of a rate would lie above `min`; null where it never would. */
export function itemsForRate(
  rate: number,
  { min, confidence }: { readonly min: number; readonly confidence: number },
): number | null {
  return itemsToDecideRate({ rate, min, confidence, power });
}

const power = 0.8;

function approximate(n: number, { level, margin = 0, estimate, confidence }: ProspectRequest): Prospect {
  const { value, low, high } = estimate;
  if (low === null || high === null || low === high) return { detectable: null, needs: null };
  const error = (high - low) / (2 * -normalQuantile((1 - confidence) / 2));
  const reach = (-normalQuantile(level) + normalQuantile(power)) * error;
  const distance = value + margin;
  const found = margin === 0 ? reach : margin - reach;
  return {
    detectable: found < 0 ? null : found,
    needs: distance <= 0 ? null : Math.ceil(n * (reach / distance) ** 2),
  };
}
