import type { RequestFailure } from "../provider.ts";

/** What became of the requests that a step wants answered, and how far their batches are. */
export interface Ledger {
  /** Every request that was read, by key. */
  readonly wanted: ReadonlySet<string>;
  /** Those of them that have neither answer nor failure yet. */
  readonly missing: ReadonlySet<string>;
  readonly failures: ReadonlyMap<string, RequestFailure>;
  /** The first failure after which nothing more is handed in; undefined where there is none. */
  readonly stopped: RequestFailure | undefined;
  want(key: string): void;
  kept(key: string): void;
  /** Why a request has no answer; what nobody wants is left out. */
  failed(key: string, failure: RequestFailure): void;
  /** How many of a job's requests are done. */
  stands(job: string, done: number, total: number): void;
}

/** Opens a ledger that tells the progress of all jobs together. */
export function openLedger(progress: (done: number, total: number) => void): Ledger {
  const wanted = new Set<string>();
  const missing = new Set<string>();
  const failures = new Map<string, RequestFailure>();
  let stopped: RequestFailure | undefined;
  const standing = new Map<string, { readonly done: number; readonly total: number }>();
  return {
    wanted,
    missing,
    failures,
    get stopped() {
      return stopped;
    },
    want(key) {
      wanted.add(key);
      missing.add(key);
    },
    kept: (key) => void missing.delete(key),
    failed(key, failure) {
      if (!missing.delete(key)) return;
      failures.set(key, failure);
      if (failure.scope === "stop") stopped ??= failure;
    },
    stands(job, done, total) {
      standing.set(job, { done, total });
      const all = [...standing.values()];
      const sum = (part: "done" | "total") => all.reduce((before, one) => before + one[part], 0);
      progress(sum("done"), sum("total"));
    },
  };
}
