import type { Committed } from "../../runner/committed.ts";
import type { ReadEvidence } from "../../runner/evidence.ts";
import type { Lock } from "../../runner/lock.ts";
import type { Plan } from "../../runner/plan.ts";
import type { Results } from "../results.ts";

/** What one side of a diff has committed: a revision, or the working tree. */
export interface State {
  /** `main`, `1a2b3c4`, `the working tree`. */
  readonly label: string;
  readonly plan: Plan;
  /** Undefined where there is no lock that can be read. */
  readonly committed:
    | {
        readonly lock: Lock;
        readonly evidence: ReadEvidence | undefined;
        readonly contents: Committed["contents"];
        readonly results: Results;
      }
    | undefined;
  readonly freshness: Freshness;
}

/** Whether committed results are those of the spec beside them. */
export type Freshness =
  | { readonly state: "fresh" }
  | { readonly state: "stale"; readonly reason: string }
  | { readonly state: "missing"; readonly reason: string };
