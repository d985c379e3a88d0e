/** A label with its weight; a weight is at least 0, and one of them above 0. They need not add up to 1. */
export type Target = ReadonlyMap<string, number> | { readonly [label: string]: number };

/** The labels of all targets in ascending order of their UTF-16 units. */
export function labelsOf(targets: readonly Target[]): readonly string[] {
  return [...new Set(targets.flatMap((target) => entriesOf(target).map(([label]) => label)))].sort();
}

/**
 * Targets as probabilities in the order of the labels: weight^(1/temperature), made to add up to 1, which is
 * softmax(ln weight / temperature), Hinton's temperature (2015) on what the teacher states. RangeError on a
 * weight that is none, and on a target without any.
 */
export function temperTargets(
  targets: readonly Target[],
  { labels, temperature }: { readonly labels: readonly string[]; readonly temperature: number },
): readonly Float64Array[] {
  const placeOf = new Map(labels.map((label, place) => [label, place]));
  return targets.map((target, example) => {
    const entries = entriesOf(target);
    for (const [label, weight] of entries) {
      if (Number.isFinite(weight) && weight >= 0) continue;
      throw new RangeError(
        `example ${example}: the weight of "${label}" must be a number of 0 or more, not ${weight}`,
      );
    }
    const greatest = Math.max(0, ...entries.map(([, weight]) => weight));
    if (greatest === 0)
      throw new RangeError(`example ${example}: no label of its target has a weight above 0`);
    const probabilities = new Float64Array(labels.length);
    for (const [label, weight] of entries) {
      // Not Math.pow, whose last digit has changed between engines.
      if (weight > 0)
        probabilities[placeOf.get(label)!] = Math.exp(Math.log(weight / greatest) / temperature);
    }
    const sum = probabilities.reduce((total, value) => total + value, 0);
    return probabilities.map((value) => value / sum);
  });
}

/**
 * The logarithm of each label's mean probability: what the model says of a text that it knows nothing about. One
 * more text, equally of all labels, is counted, so that no label is impossible.
 */
export function logPriors(targets: readonly Float64Array[], labels: number): Float64Array {
  const sums = new Float64Array(labels).fill(1 / labels);
  for (const target of targets) for (let l = 0; l < labels; l++) sums[l]! += target[l]!;
  return sums.map((sum) => Math.log(sum / (targets.length + 1)));
}

function entriesOf(target: Target): readonly (readonly [string, number])[] {
  return target instanceof Map ? [...target] : Object.entries(target);
}
