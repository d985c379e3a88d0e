import { StepFailure } from "../runner/step-failure.ts";
import { formatCounted } from "./format.ts";
import type { ResultLine } from "./results.ts";
import { sumInOrder } from "./sum-in-order.ts";

/** What models made of the same items, in the same order. */
export interface Outcomes {
  readonly items: readonly string[];
  readonly graders: readonly string[];
  /** In the order of the results. */
  readonly models: readonly string[];
  /** The group of every item; undefined where items are independent. */
  readonly groups: readonly string[] | undefined;
  /** The names of the slices that every item is part of, sorted. */
  readonly slices: readonly string[];
  /** The outcomes of a model under a grader, in the order of `items`; an item passes where most of its samples do. */
  passes(grader: string, model: string): readonly (0 | 1)[];
  /** The mean score of every item's samples. */
  scores(grader: string, model: string): readonly number[];
  /** What the answers of a model took, by item. */
  answers(model: string): readonly (readonly AnswerOutcome[])[];
  /** The values of a slice, sorted. @throws StepFailure where the results have none of this name */
  valuesOf(slice: string): readonly string[];
  /** The same on the items alone that have this value. @throws StepFailure where none has */
  within(slice: SliceValue): Outcomes;
}

/** A part of the items. */
export interface SliceValue {
  readonly name: string;
  readonly value: string;
}

/** What one answer took: nothing where its model answers afresh and for nothing, null where it was not recorded. */
export interface AnswerOutcome {
  readonly latency_ms: number | null;
  readonly cost_usd: number | null;
  /** True where it ended by length. */
  readonly truncated: boolean;
}

/**
 * Joins results by item id, never by position.
 * @throws StepFailure where models were judged on different items, or one answer was judged twice and differently.
 */
export function readOutcomes(lines: Iterable<ResultLine>, wanted: readonly string[] | undefined): Outcomes {
  const judged: Judged = new Map();
  const traits = new Map<string, Traits>();
  for (const line of lines) {
    for (const [grader, { passed, score }] of Object.entries(line.grades)) {
      if (wanted !== undefined && !wanted.includes(grader)) continue;
      const samples = nest(nest(nest(judged, grader), line.model), line.id);
      const known = samples.get(line.sample.index);
      if (known !== undefined && (known.passed !== passed || known.score !== score))
        throw new StepFailure(`an answer to item "${line.id}" is judged in two results, and not alike`);
      if (known === undefined)
        samples.set(line.sample.index, { passed, score, answer: toAnswerOutcome(line) });
    }
    joinTraits(traits, line);
  }
  const graders = wanted ?? [...judged.keys()].sort();
  const models = [...new Set([...judged.values()].flatMap((byModel) => [...byModel.keys()]))];
  return openOutcomes({ judged, traits, graders, models }, sameItems(judged));
}

interface Judgement {
  readonly passed: boolean;
  readonly score: number;
  readonly answer: AnswerOutcome;
}

/** grader → model → item → sample. */
type Judged = Map<string, Map<string, Map<string, Map<number, Judgement>>>>;

type Traits = Pick<ResultLine, "group" | "slices">;

interface Sources {
  readonly judged: Judged;
  /** By item. */
  readonly traits: ReadonlyMap<string, Traits>;
  readonly graders: readonly string[];
  readonly models: readonly string[];
}

function openOutcomes(sources: Sources, items: readonly string[]): Outcomes {
  const { judged, traits, graders, models } = sources;
  const groups = items.flatMap((item) => traits.get(item)?.group ?? []);
  const slicesOf = (item: string) => traits.get(item)?.slices ?? {};
  const names = Object.keys(slicesOf(items[0]!)).filter((name) =>
    items.every((item) => slicesOf(item)[name] !== undefined),
  );
  const samplesOf = (byItem: ReadonlyMap<string, Map<number, Judgement>> | undefined) => {
    if (byItem === undefined)
      throw new StepFailure("the results hold no judgement of a model and grader that is asked for");
    return items.map((item) => [...byItem.get(item)!.values()]);
  };
  const readSlice = (slice: string) => {
    if (!names.includes(slice))
      throw new StepFailure(
        `the results have no slice "${slice}"`,
        "declare it where they are evaluated: slices:",
      );
    return (item: string) => slicesOf(item)[slice]!;
  };
  return {
    items,
    graders,
    models,
    groups: groups.length === items.length ? groups : undefined,
    slices: names.sort(),
    passes: (grader, model) =>
      samplesOf(judged.get(grader)?.get(model)).map((samples) => (passesMostly(samples) ? 1 : 0)),
    scores: (grader, model) =>
      samplesOf(judged.get(grader)?.get(model)).map(
        (samples) => sumInOrder(samples.map(({ score }) => score)) / samples.length,
      ),
    answers: (model) =>
      samplesOf([...judged.values()].find((byModel) => byModel.has(model))?.get(model)).map((samples) =>
        samples.map(({ answer }) => answer),
      ),
    valuesOf: (slice) => [...new Set(items.map(readSlice(slice)))].sort(),
    within({ name, value }) {
      const of = readSlice(name);
      const own = items.filter((item) => of(item) === value);
      if (own.length === 0) throw new StepFailure(`no item has the ${name} "${value}"`);
      return openOutcomes(sources, own);
    },
  };
}

function toAnswerOutcome({ sample, usage }: ResultLine): AnswerOutcome {
  // What a cascade's fallback took is not in its own first model's nothing.
  const unknown = sample.served_by === "fallback" ? null : 0;
  return {
    latency_ms: usage === undefined ? unknown : usage.latency_ms,
    cost_usd: usage === undefined ? unknown : usage.cost_usd,
    truncated: sample.finish_reason === "length",
  };
}

function joinTraits(traits: Map<string, Traits>, { id, group, slices }: ResultLine): void {
  const known = traits.get(id);
  if (known?.group !== undefined && group !== undefined && known.group !== group)
    throw new StepFailure(
      `item "${id}" is of one group in some results and of another in others`,
      "evaluate all models with the same group_by",
    );
  for (const [name, value] of Object.entries(slices ?? {}))
    if ((known?.slices?.[name] ?? value) !== value)
      throw new StepFailure(
        `item "${id}" has one ${name} in some results and another in others`,
        "evaluate all models with the same slices",
      );
  const joined = group ?? known?.group;
  const all = { ...known?.slices, ...slices };
  traits.set(id, { ...(joined !== undefined && { group: joined }), slices: all });
}

function nest<K, L, V>(map: Map<K, Map<L, V>>, key: K): Map<L, V> {
  const inner = map.get(key) ?? new Map<L, V>();
  map.set(key, inner);
  return inner;
}

function passesMostly(samples: readonly Judgement[]): boolean {
  return samples.filter(({ passed }) => passed).length * 2 > samples.length;
}

function sameItems(
  judged: ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, unknown>>>,
): readonly string[] {
  const sets = [...judged.values()].flatMap((byModel) => [...byModel.values()]);
  const [first, ...others] = sets;
  if (first === undefined) throw new StepFailure("the results hold no judgement to compare");
  for (const other of others) {
    const missing = [...first.keys()].filter((id) => !other.has(id)).length;
    const extra = [...other.keys()].filter((id) => !first.has(id)).length;
    if (missing + extra > 0)
      throw new StepFailure(
        `the models were judged on different items: ${formatCounted(missing + extra, "item")} of one and not the other`,
        "evaluate all models in one step, or on the same rows",
      );
  }
  return [...first.keys()].sort();
}
