import type { Exchanges } from "./exchanges.ts";

/** What the machine and its user give to a run; a spec can grant none of it. */
export interface World {
  /** Environment variables, for secrets that the spec names. */
  readonly env: { readonly [name: string]: string | undefined };
  /** True where the user allowed requests to this origin. */
  allowsOrigin(origin: string): boolean;
  /** True where the user allowed programs that the spec brings. */
  readonly allowsExec: boolean;
  /** Exchanges with providers that are written down, or served instead of the network; undefined for the network alone. */
  readonly exchanges?: Exchanges | undefined;
  /** Milliseconds since the epoch. */
  now(): number;
}
