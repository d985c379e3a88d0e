import type { FinishReason, JsonObject } from "../runner/row.ts";
import { StepFailure } from "../runner/step-failure.ts";

/*
 * Results as they stand in committed files. The names of models, graders, labels and slices' values are all the text:
 *
 *   { models: [[name, digest]…], graders: [[name, digest]…], labels: { DIGEST: [label…] }, slices?: { NAME: [value…] } }
 *   { item, row, group?, slices?: [place…], answers: [per model: [per sample: { pass: [0|1 per grader], … }]] }
 */

/** The first line: what the places in all other lines are places of. */
export interface EvidenceHeader {
  readonly models: Named;
  readonly graders: Named;
  /** The categories of a grader, by its digest; none where what is expected are texts. */
  readonly labels?: { readonly [grader: string]: readonly string[] };
  readonly slices?: { readonly [name: string]: readonly string[] };
}

/** Names in the order of the spec, each with its digest. */
export type Named = readonly (readonly [name: string, digest: string])[];

/** One item with every answer to it. */
export interface EvidenceItem {
  /** The sealed id. */
  readonly item: string;
  /** Seal of id and content, so that a change under one id shows. */
  readonly row: string;
  readonly group?: string;
  /** The item's place among the values of every slice. */
  readonly slices?: readonly number[];
  readonly answers: readonly (readonly EvidenceAnswer[])[];
}

/** One answer; lists have one place a grader. */
export interface EvidenceAnswer {
  readonly pass: readonly (0 | 1)[];
  /** Where a score is not what `pass` says. */
  readonly score?: readonly number[];
  /** Places among the grader's categories; null where the answer gave none of these. */
  readonly label?: readonly (number | null)[];
  readonly expected?: readonly (number | null)[];
  /** Where there could be no judgement. */
  readonly invalid?: readonly (0 | 1)[];
  /** Where it is not `stop`. */
  readonly finish?: FinishReason;
  readonly by?: "first" | "fallback";
  /** There where what answers took is kept with them: milliseconds, null where they were not recorded. */
  readonly ms?: number | null;
  readonly usd?: number;
  readonly tokens?: readonly [input: number, output: number];
}

/** The first line of evidence of results. @throws StepFailure where it is none */
export function readEvidenceHeader([first]: readonly JsonObject[]): EvidenceHeader {
  const fail = failAt(1);
  if (first === undefined || !isNamed(first.models) || !isNamed(first.graders))
    throw new StepFailure("the evidence does not begin with its models and graders");
  checkFields(first, ["models", "graders", "labels", "slices"], fail);
  const header = first as unknown as EvidenceHeader;
  for (const lists of [header.labels ?? {}, header.slices ?? {}])
    if (!isObject(lists) || !Object.values(lists).every(isSetOfTexts))
      fail("has labels or slices that are no lists of texts");
  if (
    Object.keys(header.labels ?? {}).some((label) => !header.graders.some(([, digest]) => digest === label))
  )
    fail("has labels of a grader that it does not name");
  return header;
}

/** The lines after the header. @throws StepFailure with the number of a line that is none, or does not fit the others */
export function readEvidenceItems(
  lines: readonly JsonObject[],
  header: EvidenceHeader,
): readonly EvidenceItem[] {
  const seen = new Set<string>();
  const items: EvidenceItem[] = [];
  for (const [at, line] of lines.slice(1).entries()) {
    const fail = failAt(at + 2);
    checkItem(line, header, fail);
    const item = line as unknown as EvidenceItem;
    const first = items[0] ?? item;
    if (seen.has(item.item)) fail("names an item a second time");
    if (item.answers[0]!.length !== first.answers[0]!.length)
      fail("has more or fewer samples than the first");
    if ((item.group === undefined) !== (first.group === undefined))
      fail("has a group, and the first has none, or the other way round");
    seen.add(item.item);
    items.push(item);
  }
  return items;
}

type Fail = (what: string) => never;

function failAt(line: number): Fail {
  return (what) => {
    throw new StepFailure(`line ${line} of the evidence ${what}`);
  };
}

function checkItem(line: JsonObject, header: EvidenceHeader, fail: Fail): void {
  const { item, row, group, slices, answers } = line;
  if (!isSeal(item, 16) || !isSeal(row, 8) || !isList(answers, header.models.length)) fail("is no item");
  checkFields(line, ["item", "row", "group", "slices", "answers"], fail);
  if (group !== undefined && !isSeal(group, 16)) fail("has a group that is not sealed");
  const values = header.slices && Object.values(header.slices);
  if (
    values === undefined
      ? slices !== undefined
      : !isList(slices, values.length, (place, at) => isPlace(place, values[at]))
  )
    fail("has no place in every slice");
  for (const samples of answers as readonly unknown[]) {
    if (!Array.isArray(samples) || samples.length === 0) fail("has no answer of a model");
    for (const answer of samples as readonly unknown[]) {
      if (!isObject(answer)) fail("has an answer that is none");
      checkAnswer(answer as JsonObject, header, fail);
    }
    if ((samples as readonly unknown[]).length !== (answers as readonly unknown[][])[0]!.length)
      fail("has more samples of one model than of another");
  }
}

function checkAnswer(answer: JsonObject, { graders, labels = {} }: EvidenceHeader, fail: Fail): void {
  const judged = (value: unknown, fits: (entry: unknown, at: number) => boolean) =>
    isList(value, graders.length, fits);
  const known = graders.map(([, digest]) => labels[digest]);
  const labelled = known.some((one) => one !== undefined);
  const isLabel = (place: unknown, at: number) => place === null || isPlace(place, known[at]);
  const fits: { readonly [field: string]: (value: unknown) => boolean } = {
    pass: (value) => judged(value, isBit),
    score: (value) => judged(value, Number.isFinite),
    label: (value) => labelled && judged(value, isLabel),
    expected: (value) => labelled && judged(value, isLabel),
    invalid: (value) => judged(value, isBit),
    finish: (value) => finishes.includes(value),
    by: (value) => value === "first" || value === "fallback",
    ms: (value) => value === null || Number.isFinite(value),
    usd: (value) => answer.ms !== undefined && Number.isFinite(value),
    tokens: (value) => answer.ms !== undefined && isList(value, 2, Number.isFinite),
  };
  if (answer.pass === undefined) fail("has an answer without a grade of every grader");
  if (labelled && (answer.label === undefined || answer.expected === undefined))
    fail("has an answer without labels");
  checkFields(answer, Object.keys(fits), fail);
  for (const [field, value] of Object.entries(answer))
    if (!fits[field]!(value)) fail(`has an answer whose "${field}" does not fit`);
}

const finishes: readonly unknown[] = [
  "length",
  "tool_calls",
  "content_filter",
  "refusal",
] satisfies FinishReason[];

function checkFields(value: object, known: readonly string[], fail: Fail): void {
  const unknown = Object.keys(value).find((field) => !known.includes(field));
  if (unknown !== undefined) fail(`has an unknown field ${JSON.stringify(unknown)}`);
}

function isNamed(value: unknown): value is Named {
  return (
    isList(value, undefined, (entry) => isList(entry, 2, (part) => typeof part === "string")) &&
    value.length > 0 &&
    new Set((value as unknown as Named).map(([, digest]) => digest)).size === value.length
  );
}

function isList(
  value: unknown,
  length: number | undefined,
  fits: (entry: unknown, at: number) => boolean = () => true,
): value is readonly unknown[] {
  return Array.isArray(value) && value.length === (length ?? value.length) && value.every(fits);
}

function isObject(value: unknown): value is { readonly [field: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSetOfTexts(value: unknown): boolean {
  return (
    isList(value, undefined, (entry) => typeof entry === "string") && new Set(value).size === value.length
  );
}

function isSeal(value: unknown, digits: number): value is string {
  return typeof value === "string" && value.length === digits && /^[0-9a-f]*$/.test(value);
}

function isBit(value: unknown): boolean {
  return value === 0 || value === 1;
}

function isPlace(value: unknown, list: readonly string[] | undefined): boolean {
  return list !== undefined && Number.isInteger(value) && list[Number(value)] !== undefined;
}
