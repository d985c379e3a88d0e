import type { JsonObject } from "../runner/row.ts";
import type { EvidenceContext } from "../runner/step.ts";
import type { EvidenceAnswer, EvidenceHeader, EvidenceItem, Named } from "./evidence-lines.ts";
import { openLeanLines } from "./lean-lines.ts";
import { type ResultLine, readResults } from "./results.ts";
import { categoriesOf } from "./summarize-results.ts";

/** Results without texts: a header, then one line an item, sorted by their sealed ids. evidence-lines.ts draws them. */
export async function* writeResultEvidence(
  context: EvidenceContext<{
    readonly rows: string;
    readonly models: readonly string[];
    readonly graders: readonly string[];
    readonly slices?: { readonly [name: string]: string } | undefined;
  }>,
): AsyncGenerator<JsonObject> {
  const { params, digestOf, seal } = context;
  const lean = openLeanLines();
  const lines: ResultLine[] = [];
  for await (const line of readResults(context.output("results"))) lines.push(lean(line));
  const graders = nameOnce(params.graders, (name) => digestOf("grader", name));
  const header: EvidenceHeader = {
    models: nameOnce(params.models, (name) => digestOf("model", name)),
    graders,
    labels: collectLabels(
      lines,
      graders.map(([, digest]) => digest),
    ),
    ...(params.slices && { slices: collectSlices(lines, Object.keys(params.slices).sort()) }),
  };
  yield header as unknown as JsonObject;

  const contents = new Map<string, string>();
  for await (const { id, item } of context.rows(params.rows))
    contents.set(id, seal(JSON.stringify([id, item])).slice(0, 8));
  const items = [...Map.groupBy(lines, ({ id }) => id)].map(([id, own]) => ({ item: seal(id), id, own }));
  items.sort((a, b) => (a.item < b.item ? -1 : 1));
  for (const { item, id, own } of items) {
    const { group, slices } = own[0]!;
    const line: EvidenceItem = {
      item,
      row: contents.get(id)!,
      ...(group !== undefined && { group: seal(group) }),
      ...(slices && {
        slices: Object.entries(header.slices!).map(([name, values]) => values.indexOf(slices[name]!)),
      }),
      answers: header.models.map(([, model]) =>
        own
          .filter((line) => line.model === model)
          .sort((a, b) => a.sample.index - b.sample.index)
          .map((line) => toAnswer(line, header)),
      ),
    };
    yield line as unknown as JsonObject;
  }
}

/** Two names of one definition are one, called by the first. */
function nameOnce(names: readonly string[], digestOf: (name: string) => string): Named {
  const known = new Map<string, string>();
  for (const name of names) {
    const digest = digestOf(name);
    if (!known.has(digest)) known.set(digest, name);
  }
  return [...known].map(([digest, name]) => [name, digest]);
}

/** The categories of every grader, of whichever model they were expected. */
function collectLabels(
  lines: readonly ResultLine[],
  graders: readonly string[],
): { readonly [grader: string]: readonly string[] } {
  const byModel = [...Map.groupBy(lines, ({ model }) => model).values()];
  return Object.fromEntries(
    graders.flatMap((grader) => {
      const labels = byModel.flatMap((own) => categoriesOf(own.map(({ grades }) => grades[grader]!)) ?? []);
      return labels.length === 0 ? [] : [[grader, [...new Set(labels)].sort()] as const];
    }),
  );
}

function collectSlices(
  lines: readonly ResultLine[],
  names: readonly string[],
): { readonly [name: string]: readonly string[] } {
  return Object.fromEntries(
    names.map((name) => [name, [...new Set(lines.map(({ slices }) => slices![name]!))].sort()]),
  );
}

function toAnswer(
  { sample, grades, usage }: ResultLine,
  { graders, labels = {} }: EvidenceHeader,
): EvidenceAnswer {
  const all = graders.map(([, digest]) => ({ grade: grades[digest]!, known: labels[digest] }));
  const labelled = all.some(({ known }) => known !== undefined);
  const placeOf = (known: readonly string[] | undefined, label: string | undefined) => {
    const place = label === undefined ? -1 : (known?.indexOf(label) ?? -1);
    return place < 0 ? null : place;
  };
  return {
    pass: all.map(({ grade }) => (grade.passed ? 1 : 0)),
    ...(all.some(({ grade }) => grade.score !== Number(grade.passed)) && {
      score: all.map(({ grade }) => grade.score),
    }),
    ...(labelled && {
      label: all.map(({ grade, known }) => placeOf(known, grade.label)),
      expected: all.map(({ grade, known }) => placeOf(known, grade.expected)),
    }),
    ...(all.some(({ grade }) => grade.invalid !== undefined) && {
      invalid: all.map(({ grade }) => (grade.invalid === undefined ? 0 : 1)),
    }),
    ...(sample.finish_reason !== "stop" && { finish: sample.finish_reason }),
    ...(sample.served_by !== undefined && { by: sample.served_by }),
    ...(usage && {
      ms: usage.latency_ms,
      ...(usage.cost_usd !== null && { usd: usage.cost_usd }),
      ...(usage.input_tokens !== null &&
        usage.output_tokens !== null && { tokens: [usage.input_tokens, usage.output_tokens] as const }),
    }),
  };
}
