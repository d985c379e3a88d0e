import { randomBytes } from "node:crypto";
import type { RunRecord } from "../store.ts";
import type { Database } from "./database.ts";
import { type OnDamage, openSealed, type Place, parseSealed, type Sealed, sealOf } from "./sealed.ts";

/** The history of runs. */
export interface Runs {
  readonly sealed: Sealed<RunRow, RunRecord>;
  /** Writes that a run of a spec began; its id sorts by time. */
  start(spec: string): string;
  finish(id: string, steps: RunRecord["steps"]): void;
  /** Runs of a spec, the newest first. */
  of(spec: string): Generator<RunRecord>;
  /** Every spec that has a run. */
  specs(): readonly string[];
}

interface RunRow {
  readonly id: string;
  readonly value: unknown;
}

/** Opens the runs of a database. */
export function openRuns(database: Database, onDamage: OnDamage): Runs {
  const sealed = openSealed<RunRow, RunRecord>(database, onDamage, {
    what: "run",
    table: "runs",
    keys: ["id"],
    value: "value",
    parse(row) {
      const run = parseSealed<RunRecord>(row);
      return run?.id === row.id ? run : undefined;
    },
  });
  const newest = `${sealed.select} WHERE spec = ? AND id < ? AND value IS NOT NULL ORDER BY id DESC LIMIT 50`;
  let latest = 0;

  function put(run: RunRecord): void {
    const value = JSON.stringify(run);
    database.run(PUT, run.id, run.spec, value, sealOf(value));
  }

  return {
    sealed,
    start(spec) {
      // Two runs of one process within a millisecond sort as well.
      latest = Math.max(Date.now(), latest + 1);
      const id = `${new Date(latest).toISOString().replace(/[-:.]/g, "")}-${randomBytes(3).toString("hex")}`;
      const run = { id, spec: spec.toWellFormed(), started: latest, finished: null, steps: [] };
      database.write(() => put(run));
      return id;
    },
    finish(id, steps) {
      database.write(() => {
        const run = sealed.read(id);
        // Set aside meanwhile: there is nothing to finish, and the run itself is none the worse.
        if (run !== undefined) put({ ...run, finished: Date.now(), steps });
      });
    },
    *of(spec) {
      let before = "~";
      for (;;) {
        const page = database.all<RunRow & Place>(newest, spec.toWellFormed(), before);
        for (const row of page) {
          before = row.id;
          const run = sealed.check(row);
          if (run !== undefined) yield run;
        }
        if (page.length === 0) return;
      }
    },
    specs: () => database.all<{ spec: string }>("SELECT DISTINCT spec FROM runs").map(({ spec }) => spec),
  };
}

const PUT = `INSERT INTO runs (id, spec, value, sha256) VALUES (?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET value = excluded.value, sha256 = excluded.sha256`;
