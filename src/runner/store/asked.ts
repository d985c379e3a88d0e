import type { Database } from "./database.ts";
import { type OnDamage, openSealed, parseSealed, type Sealed, sealOf } from "./sealed.ts";

/** Which answers every finished step asked for, bought by it or kept before. */
export interface Asked {
  readonly sealed: Sealed<AskedRow, AskedAnswers>;
  /** Writes down the answers of a step, in the transaction that is open. */
  put(step: string, answers: readonly string[]): void;
  /** Keys of a step's answers that are in the store, in the order in which they were kept; undefined where they were never written down. */
  of(step: string): readonly string[] | undefined;
}

/** What is written down of one step. */
export interface AskedAnswers {
  /** The step's key. */
  readonly step: string;
  /** Keys. */
  readonly answers: readonly string[];
  /** When the step was committed or pulled, milliseconds since the epoch. */
  readonly since: number;
}

interface AskedRow {
  readonly step: string;
  readonly value: unknown;
}

/** Opens the links between steps and answers of a database. */
export function openAsked(database: Database, onDamage: OnDamage): Asked {
  const sealed = openSealed<AskedRow, AskedAnswers>(database, onDamage, {
    what: "asked",
    table: "asked",
    keys: ["step"],
    value: "value",
    parse(row) {
      const asked = parseSealed<AskedAnswers>(row);
      return asked?.step === row.step ? asked : undefined;
    },
  });

  return {
    sealed,
    put(step, answers) {
      const asked: AskedAnswers = { step, answers: [...new Set(answers)], since: Date.now() };
      const value = JSON.stringify(asked);
      database.run(PUT, step, value, sealOf(value));
    },
    of(step) {
      const asked = sealed.read(step);
      if (asked === undefined) return undefined;
      return database.all<{ key: string }>(KEPT, JSON.stringify(asked.answers)).map(({ key }) => key);
    },
  };
}

const PUT = `INSERT INTO asked (step, value, sha256) VALUES (?, ?, ?)
  ON CONFLICT (step) DO UPDATE SET value = excluded.value, sha256 = excluded.sha256`;
const KEPT = `SELECT key FROM answers
  WHERE key IN (SELECT value FROM json_each(?)) AND answers.value IS NOT NULL ORDER BY seq`;
