import type { Grade } from "../../runner/row.ts";
import type { Item, ItemAnswer, ItemSet } from "./data.ts";
import type { OutcomeLetter, PageAnswer, PageGrade, PageItem, PageSet } from "./page-data.ts";
import { shownText } from "./shown-text.ts";
import { type ToldMessage, tellMessage } from "./tell-message.ts";
import { openTextTable, type TextTable } from "./text-table.ts";

/** Item sets as they lie in the page. */
export interface EncodedItems {
  readonly sets: readonly PageSet[];
  /** By set, the chunks of its items. */
  readonly chunks: readonly (readonly (readonly PageItem[])[])[];
  /** Texts that occur more than once. */
  readonly texts: readonly string[];
}

/** So many items are parsed at once: a few milliseconds' work. */
const chunkSize = 500;

/** Lays items out for the page: what is filtered by in columns, the rest in chunks, every text once. */
export function encodeItems(sets: readonly ItemSet[]): EncodedItems {
  const table = openTextTable();
  const told = sets.map((set) => ({ set, items: set.items.map(tellItem) }));
  for (const { items } of told)
    for (const { prompt, metadata, item } of items) {
      for (const [, text] of prompt) table.count(text);
      for (const [, text] of metadata) table.count(text);
      for (const { output_text, grades } of item.answers) {
        table.count(output_text);
        for (const { invalid } of Object.values(grades)) if (invalid !== undefined) table.count(invalid);
      }
    }
  const encoded = told.map(({ set, items }) => encodeSet(set, items, table));
  return {
    sets: encoded.map(({ index }) => index),
    chunks: encoded.map(({ chunks }) => chunks),
    texts: table.texts(),
  };
}

interface ToldItem {
  readonly item: Item;
  readonly prompt: readonly ToldMessage[];
  readonly metadata: readonly (readonly [name: string, text: string])[];
}

function tellItem(item: Item): ToldItem {
  return {
    item,
    prompt: item.messages.map(tellMessage),
    metadata: Object.entries(item.metadata ?? {}),
  };
}

function encodeSet(set: ItemSet, items: readonly ToldItem[], table: TextTable) {
  const labels = sortedLabels(set);
  const placeOf = new Map(labels.map((label, at) => [label, at]));
  const place = (label: string | undefined) => (label === undefined ? -1 : placeOf.get(label)!);
  const gradesOf = (grader: string, model: string) =>
    set.items.map((item) =>
      item.answers
        .filter((answer) => answer.model === model)
        .flatMap((answer) => gradeOf(answer, grader) ?? []),
    );
  const index: PageSet = {
    step: shownText(set.step),
    rows: set.rows === undefined ? undefined : shownText(set.rows),
    graders: set.graders.map(shownText),
    models: set.models.map(shownText),
    total: set.total,
    count: set.items.length,
    chunkSize,
    labels: labels.map(shownText),
    outcomes: set.graders.map((grader) =>
      set.models.map((model) => gradesOf(grader, model).map(outcomeOf).join("")),
    ),
    expected: set.graders.map((grader) =>
      set.items.map(({ answers }) =>
        place(
          answers.map((answer) => gradeOf(answer, grader)?.expected).find((label) => label !== undefined),
        ),
      ),
    ),
    given: set.graders.map((grader) =>
      set.models.map((model) =>
        gradesOf(grader, model).map((grades) => {
          const given = grades.map(({ label }) => place(label));
          return given.length === 1 ? given[0]! : given;
        }),
      ),
    ),
    slices: encodeSlices(set.items),
    common: commonTexts(items).flatMap((text) => table.placeOf(text) ?? []),
    lead: commonLead(items.flatMap(({ prompt }) => prompt.at(-1)?.[1] ?? [])),
  };
  const encode = (told: ToldItem) => encodeItem(told, set, { table, place });
  const chunks = Array.from({ length: Math.ceil(items.length / chunkSize) }, (_, at) =>
    items.slice(at * chunkSize, (at + 1) * chunkSize).map(encode),
  );
  return { index, chunks };
}

function encodeItem(
  { item, prompt, metadata }: ToldItem,
  set: ItemSet,
  { table, place }: { readonly table: TextTable; readonly place: (label: string | undefined) => number },
): PageItem {
  const encodeGrade = (grade: Grade | undefined): PageGrade | null => {
    if (grade === undefined) return null;
    const { passed, score, label, expected, invalid } = grade;
    const head = [passed ? 1 : 0, score, place(label), place(expected)] as const;
    return invalid === undefined ? head : [...head, table.encode(invalid)];
  };
  const encodeAnswer = (answer: ItemAnswer): PageAnswer => ({
    model: set.models.indexOf(answer.model),
    sample: answer.sample,
    text: table.encode(answer.output_text),
    ...(answer.finish_reason !== "stop" && { finish: shownText(answer.finish_reason) }),
    ...(answer.served_by && { by: answer.served_by }),
    grades: set.graders.map((grader) => encodeGrade(gradeOf(answer, grader))),
  });
  return {
    id: shownText(item.id),
    ...(item.group !== undefined && { group: shownText(item.group) }),
    prompt: prompt.map(([role, text]) => [shownText(role), table.encode(text)]),
    metadata: metadata.map(([name, text]) => [shownText(name), table.encode(text)]),
    answers: item.answers.map(encodeAnswer),
  };
}

// A grader may be called like something that every object inherits.
function gradeOf({ grades }: ItemAnswer, grader: string): Grade | undefined {
  return Object.hasOwn(grades, grader) ? grades[grader] : undefined;
}

function outcomeOf(grades: readonly Grade[]): OutcomeLetter {
  if (grades.length === 0) return "-";
  if (grades.filter(({ passed }) => passed).length * 2 > grades.length) return "p";
  return grades.every(({ invalid }) => invalid !== undefined) ? "i" : "f";
}

function sortedLabels(set: ItemSet): readonly string[] {
  const labels = new Set<string>();
  for (const { answers } of set.items)
    for (const { grades } of answers)
      for (const { label, expected } of Object.values(grades)) {
        if (label !== undefined) labels.add(label);
        if (expected !== undefined) labels.add(expected);
      }
  return [...labels].sort();
}

function encodeSlices(items: readonly Item[]): PageSet["slices"] {
  const names = [...new Set(items.flatMap(({ slices = {} }) => Object.keys(slices)))];
  return names.map((name) => {
    const own = items.map(({ slices }) =>
      slices !== undefined && Object.hasOwn(slices, name) ? slices[name] : undefined,
    );
    const values = [...new Set(own)].filter((value) => value !== undefined).sort();
    const placeOf = new Map(values.map((value, at) => [value, at]));
    return {
      name: shownText(name),
      values: values.map(shownText),
      of: own.map((value) => (value === undefined ? -1 : placeOf.get(value)!)),
    };
  });
}

/** Texts of the first item's prompt that stand in all others too. */
function commonTexts([first, ...others]: readonly ToldItem[]): readonly string[] {
  if (first === undefined || others.length === 0) return [];
  return others.reduce<readonly string[]>(
    (common, { prompt }) => common.filter((text) => prompt.some(([, other]) => other === text)),
    first.prompt.map(([, text]) => text),
  );
}

/** How much all texts begin with alike, up to the end of a line or word; 0 where that is little. */
function commonLead([first, ...others]: readonly string[]): number {
  if (first === undefined || others.length === 0) return 0;
  let lead = shownText(first);
  for (const text of others) {
    const shown = shownText(text);
    let at = 0;
    while (at < lead.length && shown[at] === lead[at]) at++;
    lead = lead.slice(0, at);
    if (lead.length < leastLead) return 0;
  }
  return lead.search(/\s\S*$/) + 1;
}

const leastLead = 24;
