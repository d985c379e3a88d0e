import type { PlanContents } from "../../runner/contents.ts";
import { nameContext } from "../../runner/names.ts";
import type { Plan, PlanNode } from "../../runner/plan.ts";
import { readDataset, readJsonLines } from "../../runner/read-rows.ts";
import type { Row } from "../../runner/row.ts";
import type { Store } from "../../runner/store.ts";
import type { EvaluateFacts } from "../../steps/evaluate.ts";
import type { ResultLine } from "../../steps/results.ts";
import { rowScope, tryEvaluate } from "../../steps/scope.ts";
import { canonicalJson } from "../../templating/canonical-json.ts";
import type { Message } from "../../templating/message.ts";
import { rowsName } from "../rows-name.ts";
import type { Item, ItemAnswer, ItemSet } from "./data.ts";

/** Reads every done evaluation's items with prompts and answers from the store, of each at most the first `maxItems`. */
export async function collectItems(
  plan: Plan,
  contents: PlanContents,
  store: Pick<Store, "open">,
  { maxItems }: { readonly maxItems: number },
): Promise<readonly ItemSet[]> {
  const sets: ItemSet[] = [];
  for (const node of plan.nodes) {
    const manifest = contents.manifest(node.id);
    if (node.definition.name !== "evaluate" || manifest === undefined) continue;
    const path = await store.open(contents.output(node.id, "results"));
    if (path === undefined) continue;
    const facts = manifest.summary.facts as unknown as EvaluateFacts;
    const { name } = nameContext(plan, contents, node);
    const answered = await readAnswers(path, { step: node.id, name, maxItems });
    await addPrompts(answered, plan, node, await openRows(plan, contents, store, node));
    sets.push({
      step: node.id,
      rows: rowsName(node),
      graders: facts.graders.map(name),
      models: facts.models.map(name),
      total: facts.items,
      items: [...answered.values()],
    });
  }
  return sets;
}

type Draft = { -readonly [Field in keyof Item]: Item[Field] } & { answers: ItemAnswer[] };

async function readAnswers(
  path: string,
  {
    step,
    name,
    maxItems,
  }: { readonly step: string; readonly name: (digest: string) => string; readonly maxItems: number },
): Promise<ReadonlyMap<string, Draft>> {
  const items = new Map<string, Draft>();
  for await (const { value } of readJsonLines(path, step)) {
    const { id, model, sample, grades, group, slices } = value as unknown as ResultLine;
    let item = items.get(id);
    if (item === undefined) {
      if (items.size >= maxItems) continue;
      item = {
        id,
        messages: [],
        answers: [],
        ...(group !== undefined && { group }),
        ...(slices && { slices }),
      };
      items.set(id, item);
    }
    const { index, output_text, finish_reason, served_by } = sample;
    item.answers.push({
      model: name(model),
      sample: index,
      output_text,
      finish_reason,
      ...(served_by && { served_by }),
      grades: Object.fromEntries(Object.entries(grades).map(([grader, grade]) => [name(grader), grade])),
    });
  }
  return items;
}

/** Results hold no prompts: they are rendered again over the rows, joined by id. */
async function addPrompts(
  items: ReadonlyMap<string, Draft>,
  plan: Plan,
  node: PlanNode,
  rows: AsyncIterable<Row>,
): Promise<void> {
  const prompt = plan.prompts.get(String(node.params.prompt));
  for await (const row of rows) {
    const item = items.get(row.id);
    if (item === undefined) continue;
    const rendered = tryEvaluate(() => prompt?.render(rowScope(row)) ?? row.messages);
    item.messages = rendered.ok ? rendered.value : [];
    item.metadata = { ...untold(row, item.messages), ...row.metadata };
  }
}

async function openRows(
  plan: Plan,
  contents: PlanContents,
  store: Pick<Store, "open">,
  node: PlanNode,
): Promise<AsyncIterable<Row>> {
  const reference = node.references.get(String(node.params.rows));
  if (reference?.from === "dataset") {
    const { path, id } = plan.spec.datasets.get(reference.name)!;
    return readDataset(contents.path(path), path, id);
  }
  const record =
    reference?.from === "step" ? contents.manifest(reference.id)?.outputs[reference.output] : undefined;
  const path = record && (await store.open(record.digest));
  return path === undefined ? none() : storedRows(path, node.id);
}

async function* storedRows(path: string, step: string): AsyncGenerator<Row> {
  for await (const { value } of readJsonLines(path, step)) yield value as unknown as Row;
}

async function* none(): AsyncGenerator<Row> {}

/** The columns of an item that its prompt does not show. */
function untold({ id, item }: Row, messages: readonly Message[]): { readonly [name: string]: string } {
  const told = messages.map(({ content }) =>
    typeof content === "string" ? content : JSON.stringify(content),
  );
  const columns = Object.entries(item).map(
    ([name, value]) => [name, typeof value === "string" ? value : canonicalJson(value)] as const,
  );
  return Object.fromEntries(
    columns.filter(([, text]) => text !== id && !told.some((message) => message.includes(text))),
  );
}
