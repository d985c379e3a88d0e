/** One item: the label it has, and the one that was answered (null where the answer was no label). */
export interface LabelPair {
  readonly expected: string;
  readonly answered: string | null;
}

/** How one label fared; precision, recall and F1 are 0..1, and 0 where their denominator is 0. */
export interface LabelScore {
  readonly label: string;
  /** Items that have this label. */
  readonly expected: number;
  /** Items that were answered with it. */
  readonly answered: number;
  /** Items where both hold. */
  readonly correct: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Who was taken for what. */
export interface ConfusionMatrix {
  /** Of rows and columns, sorted by code unit. */
  readonly labels: readonly string[];
  /** Items by expected label (row) and answered label (column). */
  readonly counts: readonly (readonly number[])[];
  /** By expected label, items whose answer has no column. */
  readonly other: readonly number[];
}

/** A classification, label by label and in sum. */
export interface Classification {
  readonly n: number;
  /** The share (0..1) of items answered with their label. */
  readonly accuracy: number;
  /** The plain mean of the labels' F1 (0..1). */
  readonly macroF1: number;
  readonly labels: readonly LabelScore[];
  readonly confusion: ConfusionMatrix;
  /** Items whose answer is null or outside the label set (the given labels, else those that items have). */
  readonly outside: number;
}

/**
 * Confusion matrix, precision, recall and F1 of each label, and macro-F1.
 *
 * F1 = 2·correct / (expected + answered). Macro-F1 follows scikit-learn's `f1_score(average="macro",
 * zero_division=0)`: it is the mean over `labels`, or else over every label that was expected or answered.
 * So without `labels` an invented label counts as one more label with F1 0; with `labels`, an answer outside
 * them only costs the expected label its recall, and a label that never occurs has F1 0. A null answer is
 * never a label. RangeError on no pairs, or where an expected label is not among `labels`.
 */
export function classificationReport(
  pairs: readonly LabelPair[],
  labels?: readonly string[],
): Classification {
  if (pairs.length === 0) throw new RangeError("there are no answers to score");
  const confusion = countPairs(pairs, labels);
  const scores = confusion.labels.map((label, i) => scoreLabel(label, i, confusion));
  const known = new Set(labels ?? pairs.map((pair) => pair.expected));
  return {
    n: pairs.length,
    accuracy: sum(scores.map((score) => score.correct)) / pairs.length,
    macroF1: sum(scores.map((score) => score.f1)) / scores.length,
    labels: scores,
    confusion,
    outside: pairs.filter(({ answered }) => answered === null || !known.has(answered)).length,
  };
}

function countPairs(pairs: readonly LabelPair[], given: readonly string[] | undefined): ConfusionMatrix {
  const seen = pairs.flatMap(({ expected, answered }) =>
    answered === null ? [expected] : [expected, answered],
  );
  const labels = [...new Set(given ?? seen)].sort();
  const places = new Map(labels.map((label, i) => [label, i]));
  const counts = labels.map(() => labels.map(() => 0));
  const other = labels.map(() => 0);
  for (const { expected, answered } of pairs) {
    const row = places.get(expected);
    if (row === undefined) throw new RangeError(`expected label "${expected}" is not among the labels`);
    const column = answered === null ? undefined : places.get(answered);
    if (column === undefined) other[row]!++;
    else counts[row]![column]!++;
  }
  return { labels, counts, other };
}

function scoreLabel(label: string, i: number, { counts, other }: ConfusionMatrix): LabelScore {
  const correct = counts[i]![i]!;
  const expected = sum(counts[i]!) + other[i]!;
  const answered = sum(counts.map((row) => row[i]!));
  return {
    label,
    expected,
    answered,
    correct,
    precision: share(correct, answered),
    recall: share(correct, expected),
    f1: share(2 * correct, expected + answered),
  };
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
