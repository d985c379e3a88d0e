import { cascadePromise } from "./cascade-promise.ts";
import type { Simulation } from "./finding.ts";
import { intervals } from "./intervals.ts";
import { manyQuestions } from "./many-questions.ts";
import { pairedOutcomes } from "./paired-outcomes.ts";
import { scores } from "./scores.ts";

/** Every simulation, in the order of the table in docs/statistics.md. */
export const simulations: readonly Simulation[] = [
  ...pairedOutcomes,
  ...scores,
  ...intervals,
  ...manyQuestions,
  ...cascadePromise,
];
