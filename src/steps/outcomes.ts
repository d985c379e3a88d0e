import { StepFailure } from "../runner/step.ts";
import { formatCounted } from "./format.ts";
import type { ResultLine } from "./results.ts";

/** Whether each model passed each item, on the same items in the same order. */
export interface Outcomes {
  readonly items: readonly string[];
  readonly graders: readonly string[];
  /** In the order of the results. */
  readonly models: readonly string[];
  /** The outcomes of a model under a grader, in the order of `items`; an item passes where most of its samples do. */
  passes(grader: string, model: string): readonly (0 | 1)[];
}

/**
 * Joins results by item id, never by position.
 * @throws StepFailure where models were judged on different items, or one answer was judged twice and differently.
 */
export function readOutcomes(lines: Iterable<ResultLine>, wanted: readonly string[] | undefined): Outcomes {
  // grader → model → item → sample → passed
  const judged = new Map<string, Map<string, Map<string, Map<number, boolean>>>>();
  for (const { id, model, sample, grades } of lines)
    for (const [grader, { passed }] of Object.entries(grades)) {
      if (wanted !== undefined && !wanted.includes(grader)) continue;
      const samples = nest(nest(nest(judged, grader), model), id);
      if (samples.has(sample.index) && samples.get(sample.index) !== passed)
        throw new StepFailure(`an answer to item "${id}" is judged in two results, and not alike`);
      samples.set(sample.index, passed);
    }
  const graders = wanted ?? [...judged.keys()].sort();
  const models = [...new Set([...judged.values()].flatMap((byModel) => [...byModel.keys()]))];
  const items = sameItems(judged);
  return {
    items,
    graders,
    models,
    passes: (grader, model) => {
      const byItem = judged.get(grader)?.get(model);
      if (byItem === undefined)
        throw new StepFailure("the results hold no judgement of a model and grader that is asked for");
      return items.map((item) => (passesMostly([...byItem.get(item)!.values()]) ? 1 : 0));
    },
  };
}

function nest<K, L, V>(map: Map<K, Map<L, V>>, key: K): Map<L, V> {
  const inner = map.get(key) ?? new Map<L, V>();
  map.set(key, inner);
  return inner;
}

function passesMostly(samples: readonly boolean[]): boolean {
  return samples.filter(Boolean).length * 2 > samples.length;
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
