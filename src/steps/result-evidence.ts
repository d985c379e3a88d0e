import type { FinishReason, Grade, JsonObject } from "../runner/row.ts";
import { type EvidenceContext, StepFailure } from "../runner/step.ts";
import { canonicalJson } from "../templating/canonical-json.ts";
import { type ResultLine, readResults } from "./results.ts";

/** More labels than this are texts rather than categories, and stand sealed. */
const maxLabels = 50;

/**
 * Results without texts: a header with models, graders and categories, then one line an item.
 *
 *   { models: [[name, digest]…], graders: [[name, digest]…], labels: { digest: [label…] } }
 *   { item, row, answers: [per model: [per sample: { pass: [0|1 per grader], label: [index|null…], … }]] }
 */
export async function* writeResultEvidence(
  context: EvidenceContext<{
    readonly rows: string;
    readonly models: readonly string[];
    readonly graders: readonly string[];
  }>,
): AsyncGenerator<JsonObject> {
  const { params, digestOf, seal } = context;
  const models = named("model", params.models, digestOf);
  const graders = named("grader", params.graders, digestOf);
  const lines: ResultLine[] = [];
  for await (const line of readResults(context.output("results"))) lines.push(line);
  const labels = collectLabels(
    lines,
    graders.map(([, digest]) => digest),
  );
  const contents = new Map<string, string>();
  for await (const row of context.rows(params.rows))
    contents.set(row.id, seal(canonicalJson([row.id, row.item])).slice(0, 8));
  yield { models, graders, labels } as unknown as JsonObject;

  const byItem = new Map<string, ResultLine[]>();
  for (const line of lines) byItem.set(line.id, [...(byItem.get(line.id) ?? []), line]);
  const items = [...byItem].map(([id, own]) => ({ item: seal(id), id, own }));
  items.sort((a, b) => (a.item < b.item ? -1 : 1));
  for (const { item, id, own } of items)
    yield {
      item,
      row: contents.get(id) ?? "",
      answers: models.map(([, digest]) =>
        own
          .filter(({ model }) => model === digest)
          .sort((a, b) => a.sample.index - b.sample.index)
          .map((line) => answerOf(line, graders, labels)),
      ),
    } as unknown as JsonObject;
}

/** Results as `writeResultEvidence` wrote them: ids sealed, texts empty. @throws StepFailure on a line that is none */
export function readEvidenceResults(lines: readonly JsonObject[]): readonly ResultLine[] {
  const [first, ...items] = lines;
  const header = first as unknown as Header | undefined;
  if (!isNamedList(header?.models) || !isNamedList(header.graders))
    throw new StepFailure("the evidence does not begin with its models and graders");
  const seen = new Set<string>();
  return items.flatMap((line, at) => {
    const { item, answers } = line as unknown as EvidenceItem;
    const fail = (what: string) => new StepFailure(`line ${at + 2} of the evidence ${what}`);
    if (typeof item !== "string" || !Array.isArray(answers) || answers.length !== header.models.length)
      throw fail("is no item");
    if (seen.has(item)) throw fail("names an item a second time");
    seen.add(item);
    return header.models.flatMap(([, model], position) =>
      (answers[position] as readonly EvidenceAnswer[]).map((answer, index): ResultLine => {
        if (!Array.isArray(answer?.pass) || answer.pass.length !== header.graders.length)
          throw fail("has an answer without a grade of every grader");
        return {
          id: item,
          model,
          sample: {
            index,
            output_text: "",
            output_json: null,
            tool_calls: [],
            finish_reason: answer.finish ?? "stop",
            logprobs: null,
            ...(answer.by === undefined ? {} : { served_by: answer.by }),
          },
          grades: Object.fromEntries(
            header.graders.map(([, grader], which) => [
              grader,
              gradeOf(answer, which, header.labels?.[grader]),
            ]),
          ),
        };
      }),
    );
  });
}

type Named = readonly (readonly [name: string, digest: string])[];

interface Header {
  readonly models: Named;
  readonly graders: Named;
  /** The categories of a grader, by its digest. */
  readonly labels?: { readonly [grader: string]: readonly string[] };
}

interface EvidenceItem {
  readonly item: string;
  readonly row: string;
  readonly answers: readonly (readonly EvidenceAnswer[])[];
}

interface EvidenceAnswer {
  readonly pass: readonly (0 | 1)[];
  readonly score?: readonly number[];
  readonly label?: readonly (number | null)[];
  readonly expected?: readonly (number | null)[];
  readonly invalid?: readonly (0 | 1)[];
  readonly finish?: FinishReason;
  readonly by?: "first" | "fallback";
}

function named(
  kind: "model" | "grader",
  names: readonly string[],
  digestOf: (kind: "model" | "grader", name: string) => string,
): Named {
  // Two names of one definition are one.
  return [...new Map(names.map((name) => [digestOf(kind, name), name] as const).toReversed())]
    .toReversed()
    .map(([digest, name]) => [name, digest]);
}

function collectLabels(
  lines: readonly ResultLine[],
  graders: readonly string[],
): { readonly [grader: string]: readonly string[] } {
  return Object.fromEntries(
    graders.flatMap((grader) => {
      const labels = new Set<string>();
      for (const { grades } of lines) {
        const { label, expected } = grades[grader]!;
        if (expected !== undefined) labels.add(expected);
        if (label !== undefined) labels.add(label);
      }
      const expected = new Set(lines.flatMap(({ grades }) => grades[grader]!.expected ?? []));
      return expected.size === 0 || expected.size > maxLabels
        ? []
        : [[grader, [...expected].sort()] as const];
    }),
  );
}

function answerOf(
  { sample, grades }: ResultLine,
  graders: Named,
  labels: { readonly [grader: string]: readonly string[] },
): EvidenceAnswer {
  const all = graders.map(([, digest]) => ({ grade: grades[digest]!, labels: labels[digest] }));
  const labelled = all.some(({ labels }) => labels !== undefined);
  const indexOf = (labels: readonly string[] | undefined, label: string | undefined) => {
    const at = label === undefined ? -1 : (labels?.indexOf(label) ?? -1);
    return at < 0 ? null : at;
  };
  return {
    pass: all.map(({ grade }) => (grade.passed ? 1 : 0)),
    ...(all.some(({ grade }) => grade.score !== Number(grade.passed)) && {
      score: all.map(({ grade }) => grade.score),
    }),
    ...(labelled && {
      label: all.map(({ grade, labels }) => indexOf(labels, grade.label)),
      expected: all.map(({ grade, labels }) => indexOf(labels, grade.expected)),
    }),
    ...(all.some(({ grade }) => grade.invalid !== undefined) && {
      invalid: all.map(({ grade }) => (grade.invalid === undefined ? 0 : 1)),
    }),
    ...(sample.finish_reason !== "stop" && { finish: sample.finish_reason }),
    ...(sample.served_by !== undefined && { by: sample.served_by }),
  };
}

function gradeOf(answer: EvidenceAnswer, which: number, labels: readonly string[] | undefined): Grade {
  const passed = answer.pass[which] === 1;
  const label = labels?.[answer.label?.[which] ?? -1];
  const expected = labels?.[answer.expected?.[which] ?? -1];
  return {
    score: answer.score?.[which] ?? Number(passed),
    passed,
    ...(label !== undefined && { label }),
    ...(expected !== undefined && { expected }),
    ...(answer.invalid?.[which] === 1 && { invalid: "" }),
  };
}

function isNamedList(value: unknown): value is Named {
  return (
    Array.isArray(value) &&
    value.every(
      (entry) => Array.isArray(entry) && entry.length === 2 && entry.every((one) => typeof one === "string"),
    )
  );
}
