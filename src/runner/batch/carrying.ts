import type { BatchDesk } from "./desk.ts";
import type { Ledger } from "./ledger.ts";

/** What carrying jobs through needs. */
export interface Carrying {
  readonly desk: BatchDesk;
  readonly ledger: Ledger;
  /** How often requests that got no answer are handed in again. */
  readonly retries: number;
}
