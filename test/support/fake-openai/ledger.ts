import { appendFileSync } from "node:fs";

/** One call that arrived at the server. */
export interface Call {
  /** From 0, in the order of arrival. */
  readonly order: number;
  /** Milliseconds since the epoch, when its body was complete. */
  readonly at: number;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  /** The parsed body, or the parts of a form; the text where it is neither; undefined where there is none. */
  readonly body: unknown;
  /** What was answered; undefined while it waits, and for good where it hangs or the client went away. */
  status: number | undefined;
  /** The fault that was played, or `over_limit`; undefined where there was none. */
  fault: string | undefined;
}

/** A line of the ledger's file: a call arrives, and later it is answered. */
export type LedgerLine =
  | ({ readonly event: "request" } & Omit<Call, "status" | "fault">)
  | { readonly event: "answer"; readonly order: number; readonly status: number; readonly fault?: string };

/** Every call in order, and a file of the same where one is named. */
export interface Ledger {
  readonly calls: readonly Call[];
  arrived(call: Omit<Call, "order" | "status" | "fault">): Call;
  answering(call: Call, status: number): void;
}

/** A ledger in memory; `file` gets each line before the client can know of it. */
export function createLedger(file: string | undefined): Ledger {
  const calls: Call[] = [];
  // Synchronous: a test kills its client at any moment, and the file must already tell of the call.
  const write = (line: LedgerLine) => file !== undefined && appendFileSync(file, `${JSON.stringify(line)}\n`);
  return {
    calls,
    arrived(arrival) {
      const call: Call = { order: calls.length, ...arrival, status: undefined, fault: undefined };
      calls.push(call);
      write({ event: "request", order: call.order, ...arrival });
      return call;
    },
    answering(call, status) {
      call.status = status;
      write({ event: "answer", order: call.order, status, ...(call.fault ? { fault: call.fault } : {}) });
    },
  };
}
