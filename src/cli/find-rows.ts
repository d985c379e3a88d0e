import type { Range } from "../runner/money/range.ts";
import type { Plan, PlanNode } from "../runner/plan.ts";
import { readDataset, readJsonLines } from "../runner/read-rows.ts";
import type { Row } from "../runner/row.ts";
import type { Store } from "../runner/store.ts";
import type { Trace } from "../runner/trace-keys.ts";

/** The rows of a reference, or those that they will be made from. */
export interface FoundRows {
  /** True where these are the very rows. */
  readonly exact: boolean;
  /** How many items of them there will be, as a share of those that are here. */
  readonly share: Range;
  read(): AsyncIterable<Row>;
}

/**
 * Finds the rows that a reference of a step stands for, as far as they are known without a run: a dataset's, those of a
 * step that is kept, or of the nearest before them. Undefined where none of these is here.
 */
export async function findRows(
  options: { readonly plan: Plan; readonly now: Trace; readonly store: Store | undefined },
  node: PlanNode,
  reference: string,
): Promise<FoundRows | undefined> {
  const { plan, now, store } = options;
  const found = node.references.get(reference);
  if (found?.from === "dataset") {
    const { path, id } = plan.spec.datasets.get(found.name)!;
    const file = plan.files.get(found.name);
    return file === undefined ? undefined : known(() => readDataset(file, path, id));
  }
  if (found?.from !== "step") return undefined;
  const record = now.get(found.id)?.manifest?.outputs[found.output];
  const path = record === undefined ? undefined : await store?.open(record.digest);
  if (path !== undefined) return known(() => onlyValues(readJsonLines(path, found.id)));
  const maker = plan.byId.get(found.id)!;
  const before =
    typeof maker.params.rows === "string" ? await findRows(options, maker, maker.params.rows) : undefined;
  if (before === undefined) return undefined;
  const share = shareOf(maker, found.output);
  return {
    ...before,
    exact: false,
    share: { low: before.share.low * share.low, high: before.share.high * share.high },
  };
}

function known(read: () => AsyncIterable<Row>): FoundRows {
  return { exact: true, share: { low: 1, high: 1 }, read };
}

/** Which share of its items a step that has not run passes on. */
function shareOf({ definition, params }: PlanNode, output: string): Range {
  if (definition.name === "generate" && params.limit === undefined) return { low: 1, high: 1 };
  if (definition.name !== "split") return { low: 0, high: 1 };
  const weights = params.into as { readonly [name: string]: number };
  const share = weights[output]! / Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  // Items are drawn by a hash of their ids, so that the share itself is only about that.
  return { low: share * 0.8, high: Math.min(1, share * 1.2) };
}

async function* onlyValues(lines: ReturnType<typeof readJsonLines>): AsyncGenerator<Row> {
  for await (const { value } of lines) yield value as unknown as Row;
}
