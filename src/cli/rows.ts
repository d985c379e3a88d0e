import { readDataset, readJsonLines } from "../runner/read-rows.ts";
import type { Row } from "../runner/row.ts";
import { printable } from "../runner/sanitize.ts";
import { suggest } from "../runner/suggest.ts";
import { exit } from "./exit.ts";
import { type KeptPlan, withKept } from "./open-kept.ts";
import type { SpecOptions } from "./open-spec.ts";
import { Stop } from "./stop.ts";

/** `distill rows`. */
export async function rows(
  reference: string,
  options: SpecOptions & { spec?: string; limit?: string; id?: string; json?: boolean },
): Promise<void> {
  await withKept(options.spec, options, async (kept) => {
    const limit = options.limit === undefined ? Number.POSITIVE_INFINITY : Number(options.limit);
    if (!(limit >= 0))
      throw new Stop(exit.usage, `--limit takes a number, not ${JSON.stringify(options.limit)}`);
    let told = 0;
    for await (const row of await openRows(kept, reference)) {
      if (told >= limit) break;
      if (options.id !== undefined && row.id !== options.id) continue;
      told++;
      process.stdout.write(options.json === true ? `${JSON.stringify(row)}\n` : formatRow(row));
    }
    if (told === 0 && options.id !== undefined)
      throw new Stop(exit.failed, `no row of ${reference} has the id ${JSON.stringify(options.id)}`);
  });
}

/** Opens the rows of a dataset or of a step's output. @throws Stop where there are none, or they are not in the store */
export async function openRows(
  { plan, store, contents }: KeptPlan,
  reference: string,
): Promise<AsyncIterable<Row>> {
  const dataset = plan.spec.datasets.get(reference);
  if (dataset !== undefined) return readDataset(plan.files.get(reference)!, dataset.path, dataset.id);
  const [id = "", ...rest] = reference.split(".");
  const node = plan.byId.get(id);
  if (node === undefined) {
    const known = [...plan.spec.datasets.keys(), ...plan.byId.keys()];
    const near = suggest(id, known);
    throw new Stop(
      exit.usage,
      `no step or dataset is called "${id}"`,
      near === undefined ? `there are: ${known.join(", ")}` : `did you mean "${near}"?`,
    );
  }
  const lines = Object.keys(node.outputs).filter((name) =>
    ["rows", "results"].includes(node.outputs[name]!.kind),
  );
  const output =
    rest.length > 0
      ? rest.join(".")
      : (lines.find((name) => node.outputs[name]?.main === true) ??
        (lines.length === 1 ? lines[0] : undefined));
  if (output === undefined || !lines.includes(output))
    throw new Stop(
      exit.usage,
      lines.length === 0
        ? `step "${id}" gives no rows`
        : `say which rows: ${lines.map((name) => `${id}.${name}`).join(", ")}`,
    );
  const record = contents.manifest(id)?.outputs[output];
  const path = record === undefined ? undefined : await store?.open(record.digest);
  if (path === undefined)
    throw new Stop(exit.failed, `${reference} is not in the store`, `distill run --only ${id} makes it`);
  return readStored(path, reference);
}

async function* readStored(path: string, reference: string): AsyncGenerator<Row> {
  for await (const { value } of readJsonLines(path, reference)) yield value as unknown as Row;
}

function formatRow(row: Row & { readonly dropped?: { rule: string; reason: string } }): string {
  const lines = [row.id];
  for (const [name, value] of Object.entries(row.item ?? {}))
    lines.push(`  ${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
  if (row.sample != null) lines.push(`  → ${row.sample.output_text}`);
  for (const [key, value] of Object.entries(row.metadata ?? {})) lines.push(`  #${key}=${value}`);
  if (row.dropped !== undefined) lines.push(`  dropped by ${row.dropped.rule}: ${row.dropped.reason}`);
  return `${lines.map(printable).join("\n")}\n`;
}
