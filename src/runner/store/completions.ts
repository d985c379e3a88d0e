import type { SQLInputValue } from "node:sqlite";
import { canonicalJson } from "../../templating/canonical-json.ts";
import { isCopy } from "../completion-copy.ts";
import { type CompletionFilter, type CompletionRecord, isByHand, type Tags } from "../store.ts";
import type { Answers } from "./answers.ts";
import type { Database } from "./database.ts";
import type { TagTable } from "./tags.ts";

interface Tables {
  readonly database: Database;
  readonly answers: Answers;
  readonly tags: TagTable;
}

/**
 * Completions that a filter means, the newest last. Read page by page, so that neither memory nor a
 * transaction is held while the caller works; what is kept meanwhile does not appear.
 */
export function* findCompletions(
  { database, answers, tags }: Tables,
  filter: CompletionFilter,
): Generator<CompletionRecord> {
  const query = queryOf(filter, filter.withoutCopies === true ? findCopies(database, answers) : []);
  const last = database.get<{ seq: number | null }>("SELECT max(seq) AS seq FROM answers")?.seq ?? 0;
  let seq = startOf(database, query, filter, last);
  let left = filter.limit ?? Number.POSITIVE_INFINITY;
  while (left > 0) {
    const sql = `${query.sql} ORDER BY ${query.seq} LIMIT ${PAGE}`;
    const page = database.all<{ seq: number }>(sql, seq, last, ...query.values);
    for (const place of page) {
      seq = place.seq;
      const answer = answers.at(seq);
      if (answer === undefined) continue;
      const found = tags.of(seq);
      // The query only narrows; whether tags fit their sha256 and the filter is decided here.
      if (query.tagged && !isMeant(found, filter)) continue;
      yield { ...answer, tags: found };
      left -= 1;
      if (left <= 0) return;
    }
    if (page.length < PAGE) return;
  }
}

const PAGE = 200;

interface Query {
  /** Finds `seq`, for places above the first parameter and up to the second. */
  readonly sql: string;
  /** The column that gives the order. */
  readonly seq: string;
  readonly values: readonly SQLInputValue[];
  /** True where tags decide. */
  readonly tagged: boolean;
}

/** Places of copies whose answers were bought here too. */
function findCopies(database: Database, answers: Answers): readonly number[] {
  const places: number[] = [];
  let group: { readonly seq: number; readonly origin: string; readonly isCopy: boolean }[] = [];
  const settle = () => {
    for (const one of group)
      if (one.isCopy && group.some((other) => !other.isCopy && other.origin === one.origin))
        places.push(one.seq);
    group = [];
  };
  let before: string | undefined;
  // Hardly ever is an id there twice but where completions were copied.
  for (const { seq, id } of database.all<{ seq: number; id: string }>(SAME_ID)) {
    if (id !== before) settle();
    before = id;
    const answer = answers.at(seq);
    if (answer !== undefined)
      group.push({ seq, origin: canonicalJson(answer.provider), isCopy: isCopy(answer) });
  }
  settle();
  return places;
}

function queryOf(filter: CompletionFilter, without: readonly number[]): Query {
  const { model, step, metadata = {}, id, createdFrom, createdBefore } = filter;
  const pairs = Object.entries(metadata);
  const tagged = step !== undefined || pairs.length > 0;
  const seq = tagged ? "t.answer" : "a.seq";
  const conditions = [`${seq} > ?`, `${seq} <= ?`, "a.value IS NOT NULL"];
  const values: SQLInputValue[] = [];
  if (without.length > 0) {
    conditions.push(`${seq} NOT IN (SELECT value FROM json_each(?))`);
    values.push(JSON.stringify(without));
  }
  if (step !== undefined) {
    conditions.push("t.step = ?");
    values.push(step.toWellFormed());
  }
  for (const pair of pairs) {
    // As it stands in the stored JSON, where no string can hold it unescaped; said by the step, or by hand.
    const text = JSON.stringify(Object.fromEntries([pair])).slice(1, -1);
    conditions.push(`(instr(t.metadata, ?) > 0 OR EXISTS (${BY_HAND}))`);
    values.push(text, text);
  }
  if (model !== undefined) {
    conditions.push("a.model = ?");
    values.push(model);
  }
  if (id !== undefined) {
    conditions.push("a.key >= ? AND a.key < ?");
    values.push(id, `${id}\u{10ffff}`);
  }
  for (const [sign, time] of [
    [">=", createdFrom],
    ["<", createdBefore],
  ] as const)
    if (time !== undefined) {
      conditions.push(`${CREATED} ${sign} ?`);
      values.push(time);
    }
  const from = tagged ? "tags t JOIN answers a ON a.seq = t.answer" : "answers a";
  const sql = `SELECT DISTINCT ${seq} AS seq FROM ${from} WHERE ${conditions.join(" AND ")}`;
  return { sql, seq, values, tagged };
}

/** The place after which the first completion is looked for. */
function startOf(database: Database, query: Query, filter: CompletionFilter, last: number): number {
  let start = 0;
  if (filter.after !== undefined) {
    const row = database.get<{ seq: number }>("SELECT seq FROM answers WHERE key = ?", filter.after);
    if (row === undefined) throw new Error(`no completion has the id ${filter.after}`);
    start = row.seq;
  }
  if (filter.last === undefined) return start;
  if (filter.last <= 0) return last;
  const sql = `${query.sql} ORDER BY ${query.seq} DESC LIMIT 1 OFFSET ?`;
  const first = database.get<{ seq: number }>(sql, start, last, ...query.values, filter.last - 1);
  return first === undefined ? start : first.seq - 1;
}

/** True where one of the tags is meant, with what was said by hand beside it. */
function isMeant(tags: readonly Tags[], { step, metadata = {} }: CompletionFilter): boolean {
  const byHand = tags.find(isByHand)?.metadata ?? {};
  return tags.some((tag) => {
    if (step !== undefined && tag.step !== step) return false;
    const own = { ...tag.metadata, ...byHand };
    return Object.entries(metadata).every(([key, value]) => Object.hasOwn(own, key) && own[key] === value);
  });
}

const BY_HAND = `SELECT 1 FROM tags h
  WHERE h.answer = t.answer AND h.spec = '' AND h.step = '' AND instr(h.metadata, ?) > 0`;
// What is damaged may be no JSON any more.
const CREATED = "CASE WHEN json_valid(a.value) THEN json_extract(a.value, '$.created') END";
const SAME_ID = `WITH ids AS MATERIALIZED (
    SELECT seq, CASE WHEN json_valid(value) THEN json_extract(value, '$.answer.provider_id') END AS id FROM answers
  )
  SELECT seq, id FROM ids WHERE id IN (SELECT id FROM ids WHERE id IS NOT NULL GROUP BY id HAVING count(*) > 1)
  ORDER BY id, seq`;
