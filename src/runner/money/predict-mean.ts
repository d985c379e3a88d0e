import { studentCritical } from "../../stats/student-t.ts";
import type { Range } from "./range.ts";

/**
 * Between what the mean of `count` further values will lie, told from values that came before: at a confidence of
 * 98 %. Values of one group, such as several answers to one question, are not independent. Undefined where fewer
 * than two groups came before.
 *
 * Two intervals are joined, because twenty values do not tell which of the two they need: that of the mean by
 * Student's t on the logarithmic scale (delta method), and Cox's for the mean of a log-normal distribution, which
 * knows that a long tail is longer than what was seen of it; where a limit has cut the tail off, it is left out.
 *
 * Sources: S. Geisser, Predictive Inference (1993); X.-H. Zhou and S. Gao, "Confidence intervals for the log-normal mean",
 * Statistics in Medicine 16 (1997).
 */
export function predictMean(
  values: readonly number[],
  {
    groups,
    count,
    most = Number.POSITIVE_INFINITY,
  }: {
    readonly groups: readonly string[];
    readonly count: number;
    /** No value can be larger. */
    readonly most?: number | undefined;
  },
): Range | undefined {
  const degrees = new Set(groups).size - 1;
  if (degrees < 1 || count === 0) return undefined;
  const t = studentCritical(degrees, confidence);
  const plain = spreadOf(values, groups);
  if (plain.mean <= 0) return undefined;
  const relative = Math.sqrt(plain.variance / count + plain.error ** 2) / plain.mean;
  const factor = Math.exp(t * Math.max(relative, leastRelative));
  const byMean = { low: plain.mean / factor, high: Math.min(most, plain.mean * factor) };
  if (values.some((value) => value >= most)) return byMean;
  const logs = spreadOf(
    values.map((value) => Math.log(Math.max(value, smallest))),
    groups,
  );
  const cox = logs.mean + logs.variance / 2;
  const coxError = Math.sqrt(
    logs.variance / count + logs.error ** 2 + logs.variance ** 2 / (2 * Math.max(1, degrees)),
  );
  return {
    low: Math.min(byMean.low, Math.exp(cox - t * coxError)),
    high: Math.min(most, Math.max(byMean.high, Math.exp(cox + t * coxError))),
  };
}

const confidence = 0.98;
/** Values that were all alike do not say that all others will be. */
const leastRelative = 0.01;
const smallest = 0.5;

/** Mean, variance of one value, and the mean's standard error with groups drawn together. */
function spreadOf(values: readonly number[], groups: readonly string[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance =
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  const byGroup = new Map<string, number>();
  for (const [index, value] of values.entries())
    byGroup.set(groups[index]!, (byGroup.get(groups[index]!) ?? 0) + value - mean);
  const count = byGroup.size;
  const squares = [...byGroup.values()].reduce((sum, value) => sum + value * value, 0);
  const error = Math.sqrt((squares * count) / (count - 1)) / values.length;
  return { mean, variance, error };
}
