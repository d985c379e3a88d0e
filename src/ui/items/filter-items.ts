import type { OutcomeLetter, PageSet } from "../../report/html/page-data.ts";

/** Which items are shown. All that is given must hold; numbers are places in the set's lists. */
export interface ItemFilter {
  readonly grader: number;
  readonly outcome: OutcomeFilter;
  readonly expected?: number | undefined;
  /** By the slice's place, the value's. */
  readonly slices: ReadonlyMap<number, number>;
  readonly cell?: CellPlace | undefined;
}

/** Items by how models fared on them. */
export type OutcomeFilter =
  | { readonly type: "all" }
  /** This model did not pass. */
  | { readonly type: "wrong"; readonly model: number }
  /** One of the two passed and the other did not. */
  | { readonly type: "differ"; readonly models: readonly [number, number] };

/** A cell of a confusion matrix, by names. */
export interface CellFilter {
  /** The evaluations that it counts. */
  readonly steps: readonly string[];
  readonly grader: string;
  readonly model: string;
  readonly expected: string;
  /** Undefined: none of the labels that are expected. */
  readonly given: string | undefined;
}

/** A cell of a confusion matrix, by places in a set's lists. */
export interface CellPlace {
  readonly model: number;
  readonly expected: number;
  /** Undefined: any label that no item has, or none at all. */
  readonly given: number | undefined;
}

/** The places of the items that a filter lets through, in order. */
export function filterItems(set: PageSet, filter: ItemFilter): readonly number[] {
  const { grader, outcome, expected, slices, cell } = filter;
  const known = new Set(set.expected[grader]);
  const tests: ((at: number) => boolean)[] = [];
  const passes = (model: number, at: number) => outcomeAt(set, { grader, model, at }) === "p";
  if (outcome.type === "wrong") tests.push((at) => !passes(outcome.model, at));
  if (outcome.type === "differ") {
    const [one, other] = outcome.models;
    tests.push((at) => passes(one, at) !== passes(other, at));
  }
  if (expected !== undefined) tests.push((at) => set.expected[grader]![at] === expected);
  for (const [slice, value] of slices) tests.push((at) => set.slices[slice]!.of[at] === value);
  if (cell !== undefined) {
    const fits = (given: number) => (cell.given === undefined ? !known.has(given) : given === cell.given);
    tests.push((at) => {
      const given = set.given[grader]![cell.model]![at]!;
      return (
        set.expected[grader]![at] === cell.expected &&
        (typeof given === "number" ? fits(given) : given.some(fits))
      );
    });
  }
  const found: number[] = [];
  for (let at = 0; at < set.count; at++) if (tests.every((test) => test(at))) found.push(at);
  return found;
}

/** What became of an item with one model. */
export function outcomeAt(
  set: PageSet,
  { grader, model, at }: { readonly grader: number; readonly model: number; readonly at: number },
): OutcomeLetter {
  return set.outcomes[grader]![model]![at] as OutcomeLetter;
}

/** Where a cell that is told by names lies: which set, and which places in it; undefined where no set has it. */
export function placeCell(
  sets: readonly PageSet[],
  cell: CellFilter,
): { readonly set: number; readonly grader: number; readonly cell: CellPlace } | undefined {
  const set = sets.findIndex(
    ({ step, graders, models }) =>
      cell.steps.includes(step) && graders.includes(cell.grader) && models.includes(cell.model),
  );
  const found = sets[set];
  if (found === undefined) return undefined;
  return {
    set,
    grader: found.graders.indexOf(cell.grader),
    cell: {
      model: found.models.indexOf(cell.model),
      expected: found.labels.indexOf(cell.expected),
      given: cell.given === undefined ? undefined : found.labels.indexOf(cell.given),
    },
  };
}
