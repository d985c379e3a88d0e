import type { BatchJob, JobRequest, Jobs } from "../batch/job.ts";
import type { Answers } from "./answers.ts";
import type { Database } from "./database.ts";
import {
  type OnDamage,
  openSealed,
  type Place,
  parseSealed,
  type Sealed,
  sealOf,
  sealOfColumns,
} from "./sealed.ts";

/** Batches and their requests, with what `verify` needs of them. */
export interface JobTables extends Jobs {
  readonly sealed: readonly Sealed<never, unknown>[];
}

interface JobRow {
  readonly id: string;
  readonly value: unknown;
}

interface RequestRow {
  readonly key: string;
  readonly job: string;
  readonly value: string;
}

/** Opens the batches of a database. */
export function openJobs(database: Database, answers: Pick<Answers, "read">, onDamage: OnDamage): JobTables {
  const jobs = openSealed<JobRow, BatchJob>(database, onDamage, {
    what: "job",
    table: "jobs",
    keys: ["id"],
    value: "value",
    parse(row) {
      const job = parseSealed<BatchJob>(row);
      return job?.id === row.id ? job : undefined;
    },
  });
  const requests = openSealed<RequestRow, RequestRow>(database, onDamage, {
    what: "job",
    table: "job_requests",
    keys: ["key"],
    value: "value",
    others: ["job"],
    parse: (row) => (row.sha256 === sealOfColumns(row.key, row.job, row.value) ? row : undefined),
  });
  const all = `${jobs.select} WHERE value IS NOT NULL ORDER BY rowid`;
  const page = `${requests.select} WHERE job = ? AND seq > ? AND value IS NOT NULL ORDER BY seq LIMIT 200`;

  const readOpen = (id: string) => {
    const job = jobs.read(id);
    return job?.outcome === null ? job : undefined;
  };
  const holding = (key: string) => {
    const request = requests.read(key);
    return request === undefined ? undefined : readOpen(request.job);
  };

  function put(job: BatchJob): void {
    const value = JSON.stringify(job);
    database.run(PUT_JOB, job.id, value, sealOf(value));
  }

  function putRequest(job: string, key: string, value: string): void {
    database.run(PUT_REQUEST, key, job, value, sealOfColumns(key, job, value));
  }

  function* rowsOf(id: string): Generator<RequestRow> {
    let place = 0;
    for (;;) {
      const rows = database.all<RequestRow & Place>(page, id, place);
      for (const row of rows) {
        place = row.place;
        const request = requests.check(row);
        if (request !== undefined) yield request;
      }
      if (rows.length === 0) return;
    }
  }

  function open(): readonly BatchJob[] {
    const found = database.all<JobRow & Place>(all).map((row) => jobs.check(row));
    return found.filter((job) => job?.outcome === null) as BatchJob[];
  }

  function end(job: BatchJob, outcome: BatchJob["outcome"]): void {
    database.run(DROP_REQUESTS, job.id);
    put({ ...job, outcome });
  }

  return {
    sealed: [jobs, requests],
    add(begun, wanted) {
      const { id } = begun;
      return database.write(() => {
        const job = jobs.read(id) ?? { ...NEW, ...begun };
        if (job.outcome !== null) throw new Error(`the batch ${id} has ended`);
        const others = new Set<string>();
        const taken: string[] = [];
        for (const { key, request } of wanted) {
          const other = holding(key);
          if (other !== undefined && other.id !== id) others.add(other.id);
          else if (other === undefined && answers.read(key) === undefined) {
            putRequest(id, key, JSON.stringify(request));
            taken.push(key);
          }
        }
        if (taken.length > 0) put({ ...job, requests: job.requests + taken.length });
        return { taken, others: [...others] };
      });
    },
    read: (id) => jobs.read(id),
    note(id, change) {
      database.write(() => {
        const job = readOpen(id);
        if (job !== undefined) put({ ...job, ...change });
      });
    },
    open,
    holding,
    *requests(id) {
      for (const { key, value } of rowsOf(id)) yield { key, request: parseRequest(value) };
    },
    *keys(id) {
      for (const { key } of rowsOf(id)) yield key;
    },
    request(id, key) {
      const row = requests.read(key);
      return row?.job === id ? parseRequest(row.value) : undefined;
    },
    drop(id, keys) {
      database.write(() => {
        const job = readOpen(id);
        if (job === undefined) return;
        const before = countOf(database, id);
        for (const key of keys) database.run(DROP_REQUEST, id, key);
        put({ ...job, requests: job.requests - (before - countOf(database, id)) });
      });
    },
    end(id, outcome, successors = []) {
      database.write(() => {
        const job = readOpen(id);
        if (job === undefined) return;
        for (const { keys, ...next } of successors) {
          const { spec, step, provider, model } = job;
          put({ ...NEW, spec, step, provider, model, ...next, requests: keys.length });
          for (const key of keys) {
            const row = requests.read(key);
            if (row?.job === id) putRequest(next.id, key, row.value);
          }
        }
        end(job, outcome);
      });
    },
    endAnswered() {
      for (const { id, remote } of open()) {
        // One that is still being filled may grow.
        if (remote === null || database.get(UNANSWERED, id) !== undefined) continue;
        database.write(() => {
          const job = readOpen(id);
          if (job !== undefined && database.get(UNANSWERED, id) === undefined) end(job, "kept");
        });
      }
    },
  };
}

const NEW = {
  round: 1,
  handed: null,
  remote: null,
  requests: 0,
  counts: { completed: 0, failed: 0 },
  cancelled: false,
  outcome: null,
};

function parseRequest(value: string): JobRequest["request"] {
  return JSON.parse(value);
}

function countOf(database: Database, id: string): number {
  return database.get<{ n: number }>("SELECT count(*) AS n FROM job_requests WHERE job = ?", id)?.n ?? 0;
}

const PUT_JOB = `INSERT INTO jobs (id, value, sha256) VALUES (?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET value = excluded.value, sha256 = excluded.sha256`;
const PUT_REQUEST = `INSERT INTO job_requests (key, job, value, sha256) VALUES (?, ?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET job = excluded.job, value = excluded.value, sha256 = excluded.sha256`;
const UNANSWERED = `SELECT 1 FROM job_requests LEFT JOIN answers USING (key)
  WHERE job = ? AND answers.value IS NULL LIMIT 1`;
const DROP_REQUEST = "DELETE FROM job_requests WHERE job = ? AND key = ?";
const DROP_REQUESTS = "DELETE FROM job_requests WHERE job = ?";
