import type { StoredAnswer, Tags } from "../store.ts";
import type { Database } from "./database.ts";
import { type OnDamage, openSealed, type Place, parseSealed, type Sealed, sealOf } from "./sealed.ts";
import type { TagTable } from "./tags.ts";

/** Answers of models, by key and in the order in which they were kept. */
export interface Answers {
  readonly sealed: Sealed<AnswerRow, StoredAnswer>;
  read(key: string): StoredAnswer | undefined;
  /** The answer at a place in that order. */
  at(seq: number): StoredAnswer | undefined;
  /** Puts an answer where none with its key stands, in the transaction that is open. */
  insert(answer: StoredAnswer, value?: string): InsertedAnswer;
  /** Resolves to the answer that stands, when it is on the disk. */
  keep(answer: StoredAnswer, tags?: Omit<Tags, "answer">): Promise<StoredAnswer>;
  /** Writes what is waiting. */
  flush(): void;
}

/** What became of an answer that was put in. */
export interface InsertedAnswer {
  /** Its place; undefined where there is none. */
  readonly seq: number | undefined;
  /** The answer that stands: this one, or one that was there before. */
  readonly standing: StoredAnswer;
}

interface AnswerRow {
  readonly key: string;
  readonly model: string;
  readonly value: unknown;
}

interface Waiting {
  readonly answer: StoredAnswer;
  readonly value: string;
  readonly tags: Omit<Tags, "answer"> | undefined;
  readonly resolve: (answer: StoredAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** So many share one transaction at most, and wait so long for one another. */
const GROUP = { answers: 100, waitMs: 10 };

/** Opens the answers of a database. Those that are kept at about the same time share one transaction and one sync. */
export function openAnswers(database: Database, tags: TagTable, onDamage: OnDamage): Answers {
  const sealed = openSealed<AnswerRow, StoredAnswer>(database, onDamage, {
    what: "answer",
    table: "answers",
    keys: ["key"],
    value: "value",
    others: ["model"],
    parse(row) {
      const answer = parseSealed<StoredAnswer>(row);
      return answer?.key === row.key && answer?.model === row.model ? answer : undefined;
    },
  });
  const at = `${sealed.select} WHERE seq = ? AND value IS NOT NULL`;
  let waiting: Waiting[] = [];
  let scheduled = false;
  let flushed = { at: 0, tookMs: 0 };

  function schedule(): void {
    if (waiting.length >= GROUP.answers) flush();
    if (scheduled || waiting.length === 0) return;
    scheduled = true;
    // A commit blocks the event loop for a sync: at most half of the time, so that more can join the next.
    const pause = Math.min(GROUP.waitMs, flushed.tookMs) - (performance.now() - flushed.at);
    if (pause > 0) setTimeout(flush, pause);
    else setImmediate(flush);
  }

  function flush(): void {
    scheduled = false;
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    const began = performance.now();
    try {
      const standing = database.write(() => batch.map(write));
      for (const [index, one] of batch.entries()) one.resolve(standing[index]!);
    } catch (error) {
      for (const one of batch) one.reject(error);
    }
    const now = performance.now();
    flushed = { at: now, tookMs: now - began };
  }

  function write({ answer, value, tags: tag }: Waiting): StoredAnswer {
    const { seq, standing } = insert(answer, value);
    if (tag !== undefined && seq !== undefined) tags.put(seq, { ...tag, answer: answer.key });
    return standing;
  }

  function insert(answer: StoredAnswer, value: string = JSON.stringify(answer)): InsertedAnswer {
    const { key, model } = answer;
    const put = () => database.get<{ seq: number }>(INSERT, key, model, value, sealOf(value))?.seq;
    const seq = put();
    if (seq !== undefined) {
      // It is there again, by somebody's wish: what stood for it says nothing any more.
      database.run("DELETE FROM tombstones WHERE id = ?", key);
      return { seq, standing: answer };
    }
    const first = sealed.read(key);
    // One that was damaged has just been set aside.
    if (first === undefined) return { seq: put(), standing: answer };
    return { seq: database.get<{ seq: number }>(SEQ, key)?.seq, standing: first };
  }

  return {
    sealed,
    read: (key) => sealed.read(key),
    at(seq) {
      const row = database.get<AnswerRow & Place>(at, seq);
      return row === undefined ? undefined : sealed.check(row);
    },
    insert,
    keep(answer, tag) {
      const value = JSON.stringify(answer);
      return new Promise((resolve, reject) => {
        waiting.push({ answer, value, tags: tag, resolve, reject });
        schedule();
      });
    },
    flush,
  };
}

/** The first one stands, unless it was set aside. */
const INSERT = `INSERT INTO answers (key, model, value, sha256) VALUES (?, ?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET model = excluded.model, value = excluded.value, sha256 = excluded.sha256
    WHERE value IS NULL
  RETURNING seq`;
const SEQ = "SELECT seq FROM answers WHERE key = ?";
